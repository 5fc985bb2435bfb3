; SPDX-License-Identifier: MIT
;
; Where a signal handler returns to. RSP is then just above the return address in the frame that
; the kernel built (struct rt_sigframe in lib/abi/signal.h); rt_sigreturn takes the frame down and
; does not come back here. Debuggers and unwinders recognise a signal frame by these very bytes,
; hence the longer form of the first instruction.

%define NR_RT_SIGRETURN 15

bits 64
default rel

section .text

global libc_signal_restorer:function
libc_signal_restorer:
	mov	rax, strict dword NR_RT_SIGRETURN
	syscall

section .note.GNU-stack noalloc noexec nowrite progbits
