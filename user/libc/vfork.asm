; SPDX-License-Identifier: MIT
;
; pid_t vfork(void)
;
; The child runs on the parent's stack while the parent waits for its exec or exit. Whatever the
; child pushes would overwrite our return address before the parent has used it; so the address is
; kept in RDX, which the kernel leaves alone, and put back on each side. That is why this cannot
; be a C function.

%define NR_VFORK 58

bits 64
default rel

extern libc_syscall_result

section .text

global vfork:function
vfork:
	pop	rdx
	mov	eax, NR_VFORK
	syscall
	push	rdx
	mov	rdi, rax
	jmp	libc_syscall_result

section .note.GNU-stack noalloc noexec nowrite progbits
