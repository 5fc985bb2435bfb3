; SPDX-License-Identifier: MIT
;
; The first instructions of the kernel. Two loaders come here in the same state (32-bit protected
; mode, flat segments, paging and interrupts off) and differ in two registers:
;
;                 EAX                 EBX
;   Multiboot2    0x36d76289          address of its information
;   PVH           anything            address of struct hvm_start_info
;
; This file checks that the CPU can run a 64-bit kernel, builds page tables that are good enough to
; begin with, and calls kernel_main() (kernel/main.c) at the kernel's own address. It is linked at
; its physical address; everything else it names is KERNEL_VMA higher than where it lies.
;
; The boot page table, kept for the start of the other CPUs (ap.asm):
;
;   PML4[0]    0000000000000000  the first 4 GiB as they are     } one PDPT,
;   PML4[256]  ffff800000000000  the same, as the direct map     } four page directories
;   PML4[511]  ffffffff80000000  the first 2 GiB: the kernel's image
;
; Everything in it may be written and executed; pagetable_init_kernel() ends that.

%include "boot/boot.inc"

PTE_PRESENT_WRITE equ 3
PTE_HUGE equ 1 << 7
BOOT_STACK_SIZE equ 16384
COM1 equ 0x3f8
DEBUG_EXIT equ 0xf4 ; QEMU's isa-debug-exit
END_PANIC equ 0x11  ; enum machine_end

; Physical address of a symbol of the image, and the same address seen through KERNEL_VMA.
%define PHYS(symbol) (symbol - KERNEL_VMA)

extern kernel_main

section .boot.text progbits alloc exec nowrite align=16
bits 32

global boot_entry
boot_entry:
	cld
	mov esp, PHYS(boot_stack_top)
	push dword 0
	popfd
	mov ebp, eax
	mov esi, ebx
	rdtsc
	mov [PHYS(boot_first_tick)], eax
	mov [PHYS(boot_first_tick) + 4], edx

	call check_cpu
	call make_page_table

	; SDM vol. 3, 9.8.5: PAE, CR3, LME, then paging.
	mov eax, CR4_PAE
	mov cr4, eax
	mov eax, PHYS(boot_pml4)
	mov cr3, eax
	mov ecx, MSR_EFER
	rdmsr
	or eax, EFER_LME | EFER_NXE
	wrmsr
	mov eax, CR0_PE | CR0_WP | CR0_PG
	mov cr0, eax
	lgdt [boot_gdt_pointer]
	jmp 0x08:long_mode

; Stops with a message unless the CPU has CPUID, long mode and NX. Keeps ebp and esi.
check_cpu:
	; CPUID is there when EFLAGS.ID (bit 21) can be changed.
	pushfd
	pop eax
	mov ecx, eax
	xor eax, 1 << 21
	push eax
	popfd
	pushfd
	pop eax
	cmp eax, ecx
	je .no_long_mode

	mov eax, 0x80000000
	cpuid
	cmp eax, 0x80000001
	jb .no_long_mode
	mov eax, 0x80000001
	cpuid
	test edx, 1 << 29
	jz .no_long_mode
	test edx, 1 << 20
	jz .no_nx
	ret
.no_long_mode:
	mov esi, message_no_long_mode
	jmp fail
.no_nx:
	mov esi, message_no_nx
	jmp fail

; Writes the string at esi to COM1 and ends the machine.
fail:
	lodsb
	test al, al
	jz .end
	mov ah, al
	mov dx, COM1 + 5 ; line status: bit 5, room for a character
	mov ecx, 100000  ; no UART at all must not keep us here
.wait:
	in al, dx
	test al, 1 << 5
	loopz .wait
	mov al, ah
	mov dx, COM1
	out dx, al
	jmp fail
.end:
	mov al, END_PANIC
	out DEBUG_EXIT, al
.halt:
	cli
	hlt
	jmp .halt

; Fills in the boot page table. Keeps ebp and esi.
make_page_table:
	mov dword [PHYS(boot_pml4)], PHYS(boot_pdpt_low) + PTE_PRESENT_WRITE
	mov dword [PHYS(boot_pml4) + 256 * 8], PHYS(boot_pdpt_low) + PTE_PRESENT_WRITE
	mov dword [PHYS(boot_pml4) + 511 * 8], PHYS(boot_pdpt_image) + PTE_PRESENT_WRITE

	mov eax, PHYS(boot_directories) + PTE_PRESENT_WRITE
	mov [PHYS(boot_pdpt_image) + 510 * 8], eax
	add eax, 4096
	mov [PHYS(boot_pdpt_image) + 511 * 8], eax

	mov eax, PHYS(boot_directories) + PTE_PRESENT_WRITE
	xor ecx, ecx
.next_gib:
	mov [PHYS(boot_pdpt_low) + ecx * 8], eax
	add eax, 4096
	inc ecx
	cmp ecx, 4
	jb .next_gib

	mov eax, PTE_PRESENT_WRITE | PTE_HUGE
	xor ecx, ecx
.next_2mib:
	mov [PHYS(boot_directories) + ecx * 8], eax
	add eax, 1 << 21
	inc ecx
	cmp ecx, 4 * 512
	jb .next_2mib
	ret

bits 64
long_mode:
	mov rax, high_half
	jmp rax

section .text
high_half:
	xor eax, eax
	mov ds, eax
	mov es, eax
	mov ss, eax
	mov fs, eax
	mov gs, eax
	mov rsp, boot_stack_top
	mov [boot_magic], ebp
	mov [boot_information], esi
	xor ebp, ebp ; ends backtraces
	call kernel_main
	ud2

section .boot.data progbits alloc noexec nowrite align=8
boot_gdt:
	dq 0
	dq DESC_CODE64
boot_gdt_pointer:
	dw $ - boot_gdt - 1
	dd boot_gdt

message_no_long_mode:
	db 13, 10, "Tarae needs a 64-bit CPU (long mode), and this one is not. "
	db "With QEMU: -cpu max.", 13, 10, 0
message_no_nx:
	db 13, 10, "Tarae needs a CPU with NX (no-execute pages), and this one has it not or the "
	db "firmware turned it off. With QEMU: -cpu max.", 13, 10, 0

section .bss
alignb 4096
global boot_pml4
boot_pml4: resb 4096
boot_pdpt_low: resb 4096
boot_pdpt_image: resb 4096
boot_directories: resb 4 * 4096
; What the loader said, for kernel/arch/boot.h.
global boot_magic
boot_magic: resd 1
global boot_information
boot_information: resd 1
; The TSC when the kernel began.
alignb 8
global boot_first_tick
boot_first_tick: resq 1
alignb 4096
global boot_stack
boot_stack: resb BOOT_STACK_SIZE
global boot_stack_top
boot_stack_top:
