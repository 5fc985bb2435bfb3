; SPDX-License-Identifier: MIT
;
; long libc_point_syscall3(long a, long b, long c, long number)
; long libc_point_syscall(long a, ..., long f, long number)
;
; A system call for a thread that may be cancelled: -ECANCELED without entering the kernel when its
; `cancelled` is not 0 (unless it has cancellation disabled). To look and then to enter the kernel
; are two steps, and the cancellation may come in between; then the thread would sleep for ever. So
; pthread_cancel() also sends a signal, and its handler compares the interrupted RIP with the labels
; here:
;
;	before begin	`cancelled` is not looked at yet: nothing to do
;	begin .. end	looked, but the system call has not happened, or waits and would go on
;			waiting (then RIP is back at `syscall`): RIP becomes libc_point_cancel
;	end and after	the system call is over: its result counts
;
; The number comes last, so that all arguments but the fourth are where the kernel wants them.
;
;	RDI a   RSI b   RDX c   RCX d (or the number)   R8 e   R9 f   [RSP+8] number

%define ECANCELED 125
%define CANCELLED 112			; in struct thread_block, at FS; point.c checks
%define CANCEL_DISABLED 116

bits 64
default rel

section .text

global libc_point_syscall3:function
global libc_point_syscall:function
global libc_point_begin
global libc_point_end
global libc_point_cancel
libc_point_syscall:
	mov	r10, rcx
	mov	rcx, [rsp + 8]
libc_point_syscall3:
	mov	rax, rcx
	cmp	byte [fs:abs CANCEL_DISABLED], 0
	jne	disabled
libc_point_begin:
	cmp	dword [fs:abs CANCELLED], 0
	jne	libc_point_cancel
	syscall
libc_point_end:
	ret
libc_point_cancel:
	mov	rax, -ECANCELED
	ret
disabled:				; its result counts, whatever happens
	syscall
	ret

section .note.GNU-stack noalloc noexec nowrite progbits
