; SPDX-License-Identifier: MIT
;
; int clone(int (*function)(void *), void *stack, int flags, void *argument,
;	    pid_t *parent_tid, void *tls, pid_t *child_tid)
;
; The child begins at the instruction after `syscall`, as the parent does, but on its own, empty
; stack: it has no frame to return to. So what it shall call is put on that stack beforehand.
;
;	RDI function   RSI stack (the address above it)   EDX flags   RCX argument
;	R8 parent_tid  R9 tls                             [RSP+8] child_tid
;
;	child's stack:	rsi + 8		argument
;			rsi ->		function

%define NR_CLONE 56
%define NR_EXIT	60

bits 64
default rel

extern libc_syscall_result

section .text

global clone:function
clone:
	and	rsi, -16
	sub	rsi, 16
	mov	[rsi], rdi
	mov	[rsi + 8], rcx
	mov	edi, edx		; the kernel wants: flags, stack, parent_tid, child_tid, tls
	mov	rdx, r8
	mov	r8, r9
	mov	r10, [rsp + 8]
	mov	eax, NR_CLONE
	syscall
	test	eax, eax
	jz	.child
	mov	rdi, rax
	jmp	libc_syscall_result

.child:
	xor	ebp, ebp		; a backtrace ends here
	pop	rax
	pop	rdi
	call	rax
	mov	edi, eax
	mov	eax, NR_EXIT		; this thread only
	syscall
	ud2

section .note.GNU-stack noalloc noexec nowrite progbits
