; SPDX-License-Identifier: MIT
;
; The instructions that touch user memory. Each is listed in the exception table with the place to
; go on at if it faults for good: usercopy_fixup() (usercopy.c) looks there. A fault that can be
; served (the page comes in) just tries the instruction again; AC is part of the trap frame, so the
; window that STAC opens is closed while the fault is served.
;
; The caller has checked that the user's range lies in the user half.

%include "kernel/arch/smap.inc"

%macro FAULT_GOES_TO 2 ; instruction, fix-up
	[section .extable]
	dq %1, %2
	__SECT__
%endmacro

section .extable progbits alloc noexec nowrite align=16
section .text

; size_t arch_copy_from_user(void *to, uint64_t from, size_t bytes)
; size_t arch_copy_to_user(uint64_t to, const void *from, size_t bytes)
; Words first, then what is left. After a fault among the words the bytes before the fault are still
; copied one by one: the count that is returned is exact.
global arch_copy_from_user
global arch_copy_to_user
align 16
arch_copy_from_user:
arch_copy_to_user:
	STAC
	mov rcx, rdx
	shr rcx, 3
	and edx, 7
.words:
	rep movsq
	mov ecx, edx
.bytes:
	rep movsb
.done:
	CLAC
	mov rax, rcx
	ret
.fault_in_words:
	lea rcx, [rdx + rcx * 8]
	jmp .bytes
	FAULT_GOES_TO .words, .fault_in_words
	FAULT_GOES_TO .bytes, .done

; size_t arch_clear_user(uint64_t to, size_t bytes)
global arch_clear_user
align 16
arch_clear_user:
	STAC
	xor eax, eax
	mov rcx, rsi
	shr rcx, 3
	and esi, 7
.words:
	rep stosq
	mov ecx, esi
.bytes:
	rep stosb
.done:
	CLAC
	mov rax, rcx
	ret
.fault_in_words:
	lea rcx, [rsi + rcx * 8]
	jmp .bytes
	FAULT_GOES_TO .words, .fault_in_words
	FAULT_GOES_TO .bytes, .done

; long arch_copy_string_from_user(char *to, uint64_t from, size_t limit)
; In words as long as a whole one fits into the limit. Of w, (w - 0x0101...) & ~w & 0x8080... has a
; bit set for the first byte that is zero, and none below it. A word that faults is tried again byte
; by byte: the string may end before the fault.
global arch_copy_string_from_user
align 16
arch_copy_string_from_user:
	STAC
	xor eax, eax
	mov r10, 0x0101010101010101
	mov r11, 0x8080808080808080
	lea rcx, [rdx - 8] ; the last place for a whole word
	cmp rdx, 8
	jb .bytes
.load_word:
	mov r8, [rsi + rax]
	mov [rdi + rax], r8
	mov r9, r8
	sub r8, r10
	not r9
	and r8, r11
	and r8, r9
	jnz .ends_in_word
	add rax, 8
	cmp rax, rcx
	jbe .load_word
.bytes:
	cmp rax, rdx
	je .done
.load:
	mov cl, [rsi + rax]
	mov [rdi + rax], cl
	test cl, cl
	jz .done
	inc rax
	cmp rax, rdx
	jne .load
.done:
	CLAC
	ret
.ends_in_word:
	bsf r8, r8
	shr r8d, 3
	add rax, r8
	jmp .done
.fault:
	mov rax, -1
	jmp .done
	FAULT_GOES_TO .load_word, .bytes
	FAULT_GOES_TO .load, .fault

; bool arch_cmpxchg_user32(uint64_t address, uint32_t *expected, uint32_t desired)
global arch_cmpxchg_user32
align 16
arch_cmpxchg_user32:
	mov eax, [rsi]
	STAC
.exchange:
	lock cmpxchg [rdi], edx
	CLAC
	mov [rsi], eax
	mov eax, 1
	ret
.fault:
	CLAC
	xor eax, eax
	ret
	FAULT_GOES_TO .exchange, .fault

; Not by the C convention: the word at rdi in eax, CF clear; or CF set: fault. All other registers are
; kept. arch_load_user32() of usercopy.h calls it.
global load_user_word
align 16
load_user_word:
	STAC
.load:
	mov eax, [rdi]
	CLAC
	clc
	ret
.fault:
	CLAC
	stc
	ret
	FAULT_GOES_TO .load, .fault
