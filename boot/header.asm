; SPDX-License-Identifier: MIT
;
; What makes the kernel's ELF file loadable: the Multiboot2 header for GRUB and the PVH note for
; QEMU's -kernel. Both lead to boot_entry (entry.asm). No code here.

%include "boot/boot.inc"

extern boot_entry

; Multiboot2 specification 2.0, 3.1: in the first 32 KiB of the file, 64-bit aligned.
MB2_HEADER_MAGIC equ 0xe85250d6
MB2_I386 equ 0
MB2_TAG_END equ 0
MB2_TAG_MODULE_ALIGN equ 6

section .multiboot2 progbits alloc noexec nowrite align=8
header:
	dd MB2_HEADER_MAGIC
	dd MB2_I386
	dd header_end - header
	dd -(MB2_HEADER_MAGIC + MB2_I386 + (header_end - header)) & 0xffffffff

	dw MB2_TAG_MODULE_ALIGN, 0 ; modules (the initrd) begin on a page
	dd 8

	dw MB2_TAG_END, 0
	dd 8
header_end:

; Xen's x86/HVM direct boot ABI: an ELF note of type 18 holds the physical entry address. QEMU reads
; eight bytes of it from a 64-bit file.
XEN_ELFNOTE_PHYS32_ENTRY equ 18

section .note.pvh note alloc noexec nowrite align=4
	dd name_end - name
	dd 8
	dd XEN_ELFNOTE_PHYS32_ENTRY
name:
	db "Xen", 0
name_end:
	dq boot_entry
