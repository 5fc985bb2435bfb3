; SPDX-License-Identifier: MIT
;
; setjmp and longjmp: remember the registers that a called function must preserve, with the stack
; pointer and the return address; later load them all, and so return from setjmp a second time.
;
; A jmp_buf (include/setjmp.h) is eight words (RBX, RBP, R12, R13, R14, R15, RSP, RIP), then for
; sigsetjmp a word that says whether the signal mask was saved, and the mask.

%define MASK_SAVED	64
%define MASK		72
%define NR_RT_SIGPROCMASK 14
%define SIG_SETMASK	2

bits 64
default rel

section .text

; int sigsetjmp(sigjmp_buf environment, int save_mask)
global sigsetjmp:function
global __sigsetjmp:function
sigsetjmp:
__sigsetjmp:
	mov	[rdi + MASK_SAVED], rsi
	test	esi, esi
	jz	save_registers
	push	rdi
	lea	rdx, [rdi + MASK]	; old mask; no new one
	xor	esi, esi
	mov	edi, SIG_SETMASK
	mov	r10d, 8			; bytes in a signal set
	mov	eax, NR_RT_SIGPROCMASK
	syscall
	pop	rdi
	jmp	save_registers

; int setjmp(jmp_buf environment): 0 now, longjmp's value later
global setjmp:function
global _setjmp:function
setjmp:
_setjmp:
	mov	qword [rdi + MASK_SAVED], 0
save_registers:
	mov	[rdi], rbx
	mov	[rdi + 8], rbp
	mov	[rdi + 16], r12
	mov	[rdi + 24], r13
	mov	[rdi + 32], r14
	mov	[rdi + 40], r15
	lea	rax, [rsp + 8]		; as it will be after the return
	mov	[rdi + 48], rax
	mov	rax, [rsp]
	mov	[rdi + 56], rax
	xor	eax, eax
	ret

; void siglongjmp(sigjmp_buf environment, int value); longjmp is the same: no mask was saved.
global siglongjmp:function
global longjmp:function
global _longjmp:function
siglongjmp:
longjmp:
_longjmp:
	cmp	dword [rdi + MASK_SAVED], 0
	je	.load
	mov	r8, rdi
	mov	r9d, esi
	lea	rsi, [rdi + MASK]
	xor	edx, edx
	mov	edi, SIG_SETMASK
	mov	r10d, 8
	mov	eax, NR_RT_SIGPROCMASK
	syscall
	mov	rdi, r8
	mov	esi, r9d
.load:
	mov	rbx, [rdi]
	mov	rbp, [rdi + 8]
	mov	r12, [rdi + 16]
	mov	r13, [rdi + 24]
	mov	r14, [rdi + 32]
	mov	r15, [rdi + 40]
	mov	rsp, [rdi + 48]
	mov	eax, esi
	cmp	eax, 1			; setjmp must not seem to return 0 again:
	adc	eax, 0			; 0 becomes 1
	jmp	[rdi + 56]

section .note.GNU-stack noalloc noexec nowrite progbits
