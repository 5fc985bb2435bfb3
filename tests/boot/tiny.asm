; SPDX-License-Identifier: MIT
;
; A kernel of a page that does what its command line says, well or badly: the test runner is tested
; with it (tests/boot/runner.py). Booted through PVH; 32-bit, no paging, no stack, no interrupts.
;
; The command line must begin with nonce=. The word tiny=PROGRAM is a program, one character each:
;
;     [text]    write a line on the report port, behind the nonce; _ in the text is a space
;     {text}    the same without the nonce, as if forged
;     (text)    write a line on the console
;     t         wait for a character on the console, and write it there, without a line's end; ^C as C
;     o p       end the machine: power off, as after a panic
;     h         halt for ever         s  spin for ever
;     f         fault with no IDT: a triple fault
;
; Registers: ESI the program, EBX the nonce, EDX the port written to, AL the character.

	bits 32

COM1 equ 0x3f8
COM2 equ 0x2f8
LINE_STATUS equ 5				; a port's register, and in it
DATA_READY equ 1
EXIT equ 0xf4
START_INFO_COMMAND_LINE equ 24			; hvm_start_info.cmdline_paddr
XEN_ELFNOTE_PHYS32_ENTRY equ 18

section .note.pvh note alloc noexec nowrite align=4
	dd 4, 8, XEN_ELFNOTE_PHYS32_ENTRY	; sizes of name and payload, type
	db "Xen", 0
	dq boot_entry

section .boot alloc exec nowrite align=16

global boot_entry
boot_entry:
	cld
	mov ebx, [ebx + START_INFO_COMMAND_LINE]
	mov esi, ebx
	add ebx, 6				; behind "nonce="
.find:
	inc esi
	cmp dword [esi], "tiny"
	jne .find
	add esi, 5

next:
	lodsb
	mov edx, COM2
	cmp al, '['
	je line_with_nonce
	cmp al, '{'
	je line
	cmp al, '('
	je line_on_console
	cmp al, 't'
	je typed
	cmp al, 'o'
	je power_off
	cmp al, 'p'
	je panic
	cmp al, 's'
	je spin
	cmp al, 'f'
	je fault
halt:
	hlt
	jmp halt
spin:
	jmp spin
power_off:
	mov al, 0x10
	out EXIT, al
panic:
	mov al, 0x11
	out EXIT, al

global fault
fault:
	lidt [no_idt]
	ud2

typed:
	mov edx, COM1 + LINE_STATUS
	in al, dx
	test al, DATA_READY
	jz typed
	mov edx, COM1
	in al, dx
	or al, 0x40
	out dx, al
	jmp next

line_on_console:
	mov edx, COM1
	jmp line
line_with_nonce:
	mov edi, ebx
.copy:
	mov al, [edi]
	out dx, al
	inc edi
	cmp al, ' '
	jne .copy
line:
	lodsb
	cmp al, ']'
	je .end
	cmp al, '}'
	je .end
	cmp al, ')'
	je .end
	cmp al, '_'
	jne .write
	mov al, ' '
.write:
	out dx, al
	jmp line
.end:
	mov al, 10
	out dx, al
	jmp next

no_idt:
	dw 0
	dd 0
