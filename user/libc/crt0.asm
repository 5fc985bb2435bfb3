; SPDX-License-Identifier: MIT
;
; The first instruction of every program.
;
; The kernel enters with RSP, 16-byte aligned, pointing at what it laid out, and all other
; registers zero:
;
;	higher	strings, 16 random bytes, ...
;		auxiliary vector: pairs (type, value), ended by (AT_NULL, 0)
;		NULL
;		envp[0], envp[1], ...
;		NULL
;		argv[0], argv[1], ...
;	RSP ->	argc
;
; The zero in RBP ends a backtrace here.

bits 64
default rel

extern libc_start

section .text

global _start:function
_start:
	xor	ebp, ebp
	mov	rdi, rsp		; the picture above, as libc_start's argument
	call	libc_start		; RSP was aligned, as a call requires; never returns
	ud2

section .note.GNU-stack noalloc noexec nowrite progbits
