; SPDX-License-Identifier: MIT
;
; long syscall(long number, ...)
;
; Any system call. A C function would store all registers that may hold arguments, load six longs
; and put them into registers again: 25 instructions. Here each goes where the kernel wants it.
;
;	RDI number   RSI RDX RCX R8 R9 [RSP+8] arguments

bits 64
default rel

extern libc_syscall_result

section .text

global syscall:function
syscall:
	mov	rax, rdi
	mov	rdi, rsi
	mov	rsi, rdx
	mov	rdx, rcx
	mov	r10, r8
	mov	r8, r9
	mov	r9, [rsp + 8]
	syscall
	cmp	rax, -4095
	jae	.failed
	ret
.failed:
	mov	rdi, rax
	jmp	libc_syscall_result

section .note.GNU-stack noalloc noexec nowrite progbits
