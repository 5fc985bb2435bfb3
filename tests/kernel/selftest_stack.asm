; SPDX-License-Identifier: MIT
;
; A stack pointer that points nowhere: the page fault of the push cannot be delivered on that stack
; either, which makes it a double fault, on a stack of its own (SDM vol. 3, 6.15).

bits 64
default rel

section .text

global lose_stack
lose_stack:
	mov	rsp, 8
	push	rax
	ret
