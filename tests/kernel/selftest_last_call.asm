; SPDX-License-Identifier: MIT
;
; A function whose last instruction is the call of one that does not return, so that the return
; address is that of the next function. In C the compiler decides where such calls stand.

bits 64
default rel

extern selftest_no_return

section .text

global selftest_calls_last
selftest_calls_last:
	push	rbp
	mov	rbp, rsp
	call	selftest_no_return

global selftest_comes_after
selftest_comes_after:
	ret
