; SPDX-License-Identifier: MIT
;
; long libc_point_syscall(const unsigned int *cancelled, long number, long a, ..., long f)
;
; A system call for a thread that may be cancelled: -ECANCELED without entering the kernel when
; *cancelled is not 0. To look and then to enter the kernel are two steps, and the cancellation may
; come in between; then the thread would sleep for ever. So pthread_cancel() also sends a signal, and
; its handler compares the interrupted RIP with the labels here:
;
;	before begin	*cancelled is not looked at yet: nothing to do
;	begin .. end	looked, but the system call has not happened, or waits and would go on
;			waiting (then RIP is back at `syscall`): RIP becomes libc_point_cancel
;	end and after	the system call is over: its result counts
;
;	RDI cancelled   RSI number   RDX a   RCX b   R8 c   R9 d   [RSP+8] e   [RSP+16] f

%define ECANCELED 125

bits 64
default rel

section .text

global libc_point_syscall:function
global libc_point_begin
global libc_point_end
global libc_point_cancel
libc_point_syscall:
	mov	r11, rdi
	mov	rax, rsi
	mov	rdi, rdx
	mov	rsi, rcx
	mov	rdx, r8
	mov	r10, r9
	mov	r8, [rsp + 8]
	mov	r9, [rsp + 16]
libc_point_begin:
	cmp	dword [r11], 0
	jne	libc_point_cancel
	syscall
libc_point_end:
	ret
libc_point_cancel:
	mov	rax, -ECANCELED
	ret

section .note.GNU-stack noalloc noexec nowrite progbits
