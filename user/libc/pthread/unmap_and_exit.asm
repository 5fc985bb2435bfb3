; SPDX-License-Identifier: MIT
;
; void thread_unmap_and_exit(void *mapping, size_t size)
;
; The last instructions of a detached thread: unmaps the stack that it stands on, and ends. Nothing
; is pushed, popped or called from the first system call on; the kernel works on a stack of its own.
; Signals are blocked: a handler would need the stack.

%define NR_MUNMAP 11
%define NR_EXIT   60

bits 64
default rel

section .text

global thread_unmap_and_exit:function
thread_unmap_and_exit:
	mov	eax, NR_MUNMAP		; RDI mapping, RSI size, as they came
	syscall
	xor	edi, edi
	mov	eax, NR_EXIT
	syscall
	ud2

section .note.GNU-stack noalloc noexec nowrite progbits
