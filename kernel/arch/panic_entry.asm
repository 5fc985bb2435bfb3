; SPDX-License-Identifier: MIT
;
; The way into a panic. C has saved or dropped what it likes of the registers by the time it could
; look at them, so they are noted here: those that a call keeps, as the caller of panic() has them.

extern upcall_panic

KEPT equ 80	; offset of struct cpu's `kept` (cpu.c)

section .text

; _Noreturn void panic_at(const char *file, int line, const char *format, ...)
; Any context. All arguments, those on the stack too, are where upcall_panic() expects them.
global panic_at
align 16
panic_at:
	pushfq
	cli				; from here on the thread stays on this CPU
	pop qword [gs:KEPT + 16]
	mov r11, [rsp]
	mov [gs:KEPT], r11		; rip: behind the call
	lea r11, [rsp + 8]
	mov [gs:KEPT + 8], r11		; rsp before it
	mov [gs:KEPT + 24], rbx
	mov [gs:KEPT + 32], rbp
	mov [gs:KEPT + 40], r12
	mov [gs:KEPT + 48], r13
	mov [gs:KEPT + 56], r14
	mov [gs:KEPT + 64], r15
	jmp upcall_panic
