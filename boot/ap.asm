; SPDX-License-Identifier: MIT
;
; How a further CPU comes up. A startup IPI makes it execute in real mode at a page below 1 MiB, so
; smp.c copies the bytes from ap_trampoline to ap_trampoline_end to AP_TRAMPOLINE and says "start
; there". They go straight from real mode to long mode on the boot page table, which still maps low
; addresses as they are, and then to ap_high_half at the kernel's own address.
;
; One CPU starts at a time; ap_root, ap_stack_top and ap_cpu are what it gets (kernel/arch/ap.h).

%include "boot/boot.inc"
%include "offsets.inc"

extern boot_pml4
extern ap_start

section .boot.ap progbits alloc exec nowrite align=16
bits 16

; Where a label of this file is once copied.
%define COPIED(label) (AP_TRAMPOLINE + label - ap_trampoline)

global ap_trampoline
ap_trampoline:
	cli
	cld
	xor ax, ax
	mov ds, ax
	lgdt [COPIED(gdt_pointer)]

	; SDM vol. 3, 9.8.5; protection and paging may be turned on in one instruction.
	mov eax, CR4_PAE
	mov cr4, eax
	mov eax, boot_pml4 - KERNEL_VMA
	mov cr3, eax
	mov ecx, MSR_EFER
	rdmsr
	or eax, EFER_LME | EFER_NXE
	wrmsr
	mov eax, CR0_PE | CR0_WP | CR0_PG
	mov cr0, eax
	jmp dword 0x08:COPIED(long_mode)

bits 64
long_mode:
	mov rax, ap_high_half
	jmp rax

align 8
gdt:
	dq 0
	dq DESC_CODE64
gdt_pointer:
	dw $ - gdt - 1
	dd COPIED(gdt)
global ap_trampoline_end
ap_trampoline_end:

section .text
ap_high_half:
	xor eax, eax
	mov ds, eax
	mov es, eax
	mov ss, eax
	mov fs, eax
	mov gs, eax
	mov rax, [ap_root] ; the kernel's page table, which alone maps the stack
	mov cr3, rax
	mov rsp, [ap_stack_top]
	mov rdi, [ap_cpu]
	xor ebp, ebp ; ends backtraces
	call ap_start
	ud2

section .data
align 8
global ap_root
ap_root: dq 0
global ap_stack_top
ap_stack_top: dq 0
global ap_cpu
ap_cpu: dq 0
