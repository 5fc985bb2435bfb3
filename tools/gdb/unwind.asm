; SPDX-License-Identifier: MIT
;
; What the debugger has to know of the places in entry.asm and switch.asm to which C returns: RSP is at a trap frame,
; and the caller is what that frame interrupted. For C the compiler writes such tables (.debug_frame, DWARF 5, 6.4);
; nasm writes none. Linked into kernel-debug.elf only; tools/gdb/tarae/unwinder.py does the other instructions.
;
; The frame is marked as one of a signal ("S"), the only kind whose caller may be on another stack, as user code is.

%include "offsets.inc"

DW_CFA_DEF_CFA_EXPRESSION equ 0x0f
DW_CFA_EXPRESSION equ 0x10
DW_OP_BREG_RSP equ 0x77
DW_OP_DEREF equ 0x06
; DWARF's numbers of registers; the return address has one, too.
COLUMN_RSP equ 7
COLUMN_RIP equ 16

; A signed LEB128 number of two bytes: 0 to 8191.
%macro SLEB 1
	db (%1 & 0x7f) | 0x80, %1 >> 7
%endmacro

; Register %1 (DWARF's number) has been saved at RSP + %2.
%macro SAVED 2
	db DW_CFA_EXPRESSION, %1, 3, DW_OP_BREG_RSP
	SLEB %2
%endmacro

section .debug_frame progbits noalloc noexec nowrite align=8

cie:
	dd cie_end - $ - 4
cie_id:
	dd 0xffffffff ; a common information entry
	db 1 ; version
	db "zS", 0
	db 1 ; code alignment
	db 0x78 ; data alignment: -8
	db COLUMN_RIP ; return address
	db 0 ; no augmentation data
	; The frame is told from others by the stack pointer of what was interrupted.
	db DW_CFA_DEF_CFA_EXPRESSION, 4, DW_OP_BREG_RSP
	SLEB FRAME_RSP
	db DW_OP_DEREF
	SAVED 0, FRAME_RAX
	SAVED 1, FRAME_RDX
	SAVED 2, FRAME_RCX
	SAVED 3, FRAME_RBX
	SAVED 4, FRAME_RSI
	SAVED 5, FRAME_RDI
	SAVED 6, FRAME_RBP
	SAVED COLUMN_RSP, FRAME_RSP
	SAVED 8, FRAME_R8
	SAVED 9, FRAME_R9
	SAVED 10, FRAME_R10
	SAVED 11, FRAME_R11
	SAVED 12, FRAME_R12
	SAVED 13, FRAME_R13
	SAVED 14, FRAME_R14
	SAVED 15, FRAME_R15
	SAVED COLUMN_RIP, FRAME_RIP
	align 8, db 0
cie_end:

; The instruction at label %1, where a call returns: gdb looks for the byte before it, which is the call's.
%macro AT 1
	extern %1
%%start:
	dd %%end - %%start - 4
	dd cie
	dq %1 - 1, 2
	db 0 ; no augmentation data
	align 8, db 0
%%end:
%endmacro

	AT syscall_return
	AT trap_return
	AT work_return
	AT ist_return
	; A new thread's switch_context() "returns" to the first. A kernel thread's frame has 0 for RIP.
	AT thread_entry
	AT thread_entry_return
%if CONFIG_CHECKS
	AT syscall_checked
	AT user_checked
%endif
