; SPDX-License-Identifier: MIT
;
; Every way into the kernel, and the ways back: the syscall instruction, exceptions, interrupts. All
; of them build the same struct trap_frame (arch/trap.h) and call C with its address:
;
;     syscall instruction      syscall_entry ─► upcall_syscall(frame)
;     exception, interrupt     trap_stubs ─► trap_common ─► trap_dispatch(frame)
;     #NMI #DF #MC #DB         trap_stubs ─► ist_common ─► trap_dispatch_ist(frame)
;
; The frame, from user mode always at the very top of the thread's kernel stack:
;
;     top   ss rsp rflags cs rip     pushed by the CPU (for syscall: by us)
;           orig_rax                 error code, by the CPU or 0 by us; the system call's number
;           vector                   by the stub
;           rdi rsi rdx rcx rax r8 r9 r10 r11 rbx rbp r12 r13 r14 r15
;     rsp ─►
;
; Invariants:
; - In the kernel GS points at this CPU's struct cpu. SWAPGS on the way in and out, from and to user
;   mode only. For a few instructions at each end the CPU is in kernel mode with the user's GS (and
;   at a system call, the user's stack); interrupts are off there, and what can strike all the same
;   (NMI, #MC, #DB, #DF) has a stack of its own and finds its CPU from that, not from GS.
; - DF and AC are clear in C: CLD and CLAC at every entry; at a system call SFMASK has done it.
; - Interrupts are off from the last look at thread->work to the return to user mode: no work is
;   missed.

%include "offsets.inc"
%include "kernel/arch/smap.inc"

extern upcall_syscall
extern upcall_return_to_user
extern trap_dispatch
extern trap_dispatch_ist
extern trap_refused_iret
extern trap_check_user_return
extern trap_frame_unmarked

MSR_GS_BASE equ 0xc0000101

; All general registers on top of `vector`: the frame is complete after it.
%macro PUSH_REGISTERS 0
	push rdi
	push rsi
	push rdx
	push rcx
	push rax
	push r8
	push r9
	push r10
	push r11
	push rbx
	push rbp
	push r12
	push r13
	push r14
	push r15
%endmacro

; The reverse, and away with `vector` and `orig_rax`: RSP is at rip, as IRETQ wants it.
%macro POP_REGISTERS 0
	pop r15
	pop r14
	pop r13
	pop r12
	pop rbp
	pop rbx
	pop r11
	pop r10
	pop r9
	pop r8
	pop rax
	pop rcx
	pop rdx
	pop rsi
	pop rdi
	add rsp, 16
%endmacro

section .text

; ---- System calls ------------------------------------------------------------------------------

; The syscall instruction (SDM vol. 2): RIP is in rcx, RFLAGS in r11, RSP still the user's;
; interrupts are off, TF, DF, AC and NT clear (SFMASK). Arguments in rdi rsi rdx r10 r8 r9, number
; in rax.
global syscall_entry
align 16
syscall_entry:
	swapgs
	mov [gs:CPU_USER_RSP], rsp
	mov rsp, [gs:CPU_KERNEL_STACK_TOP]
	push SEL_USER_DATA
	push qword [gs:CPU_USER_RSP]
	push r11
	push SEL_USER_CODE
	push rcx
	push rax
	push TRAP_SYSCALL
	PUSH_REGISTERS
	mov rdi, rsp
	sti
	call upcall_syscall
global syscall_return
syscall_return:
	cli
	mov rcx, [gs:CPU_CURRENT]
	cmp dword [rcx], 0 ; thread->work
	jne syscall_with_work

	; The short way: the C code has kept the callee-saved registers, so only the others are
	; loaded. SYSRET does not treat TF and RF as IRET does: such frames take the long way, and so
	; do those that are not what the syscall instruction left (TRAP_MODIFIED). It would also fault
	; in kernel mode, on the user's stack, if RIP were not canonical; but behind a syscall
	; instruction it is, for no user page is above USER_TOP.
	cmp qword [rsp + FRAME_VECTOR], TRAP_SYSCALL
	jne syscall_whole_frame
	mov rcx, [rsp + FRAME_RIP]
	mov r11, [rsp + FRAME_RFLAGS]
	test r11d, RFLAGS_TF_RF
	jnz syscall_whole_frame

%if CONFIG_CHECKS
	cmp rbx, [rsp + FRAME_RBX]
	jne unmarked
	cmp rbp, [rsp + FRAME_RBP]
	jne unmarked
	cmp r12, [rsp + FRAME_R12]
	jne unmarked
	cmp r13, [rsp + FRAME_R13]
	jne unmarked
	cmp r14, [rsp + FRAME_R14]
	jne unmarked
	cmp r15, [rsp + FRAME_R15]
	jne unmarked
	mov [rsp + FRAME_RAX], rax
	mov rdi, rsp
	call trap_check_user_return
global syscall_checked
syscall_checked:
	mov rcx, [rsp + FRAME_RIP]
	mov r11, [rsp + FRAME_RFLAGS]
	mov rax, [rsp + FRAME_RAX]
%endif
	mov rdi, [rsp + FRAME_RDI]
	mov rsi, [rsp + FRAME_RSI]
	mov rdx, [rsp + FRAME_RDX]
	mov r8, [rsp + FRAME_R8]
	mov r9, [rsp + FRAME_R9]
	mov r10, [rsp + FRAME_R10]
	mov rsp, [rsp + FRAME_RSP]
	swapgs
	o64 sysret

	; The result joins the other registers.
syscall_with_work:
	mov [rsp + FRAME_RAX], rax
	jmp return_with_work
syscall_whole_frame:
	mov [rsp + FRAME_RAX], rax
	jmp restore_user

%if CONFIG_CHECKS
unmarked:
	mov rdi, rsp
	call trap_frame_unmarked
%endif

; ---- Exceptions and interrupts -------------------------------------------------------------------

; One 16-byte stub per vector. The CPU pushes an error code for some exceptions (SDM vol. 3, table
; 6-1); the others get a 0 in its place.
%macro TRAP_STUB 1
align 16
%if %1 != 8 && %1 != 17 && %1 != 21 && %1 != 29 && %1 != 30 && (%1 < 10 || %1 > 14)
	push 0
%endif
	push %1
%if %1 == EXC_DEBUG || %1 == EXC_NMI || %1 == EXC_DOUBLE_FAULT || %1 == EXC_MACHINE_CHECK
	jmp ist_common
%else
	jmp trap_common
%endif
%endmacro

global trap_stubs
align 16
trap_stubs:
%assign number 0
%rep 256
	TRAP_STUB number
%assign number number + 1
%endrep

align 16
trap_common:
	PUSH_REGISTERS
	cld
	CLAC
	test byte [rsp + FRAME_CS], 3
	jz trap_from_kernel
	swapgs
dispatch:
	mov rdi, rsp
	call trap_dispatch ; leaves interrupts off
global trap_return
trap_return:
	test byte [rsp + FRAME_CS], 3
	jz restore_kernel

; Leaves to user mode with the frame at rsp, whole. Interrupts off. New threads come here first
; (switch.asm).
global return_to_user
return_to_user:
	mov rax, [gs:CPU_CURRENT]
	cmp dword [rax], 0 ; thread->work
	jne return_with_work
restore_user:
%if CONFIG_CHECKS
	mov rdi, rsp
	call trap_check_user_return
global user_checked
user_checked:
%endif
	POP_REGISTERS
	swapgs
user_iret:
	iretq

return_with_work:
	mov rdi, rsp
	call upcall_return_to_user
global work_return
work_return:
	jmp restore_user

restore_kernel:
	POP_REGISTERS
	iretq

trap_from_kernel:
	; IRETQ to user mode faults in kernel mode when it refuses what the user wants for CS, SS or
	; RIP. By then the user's registers and GS are loaded: all registers of the new frame are
	; the user's, and the rest still lies where IRETQ found it, at the top of the stack.
	cmp qword [rsp + FRAME_RIP], user_iret
	jne dispatch
	swapgs
	mov rdi, rsp
	call trap_refused_iret ; makes one frame from the two
	mov rsp, rax
	jmp dispatch

; ---- Exceptions with a stack of their own --------------------------------------------------------

; They may come at any instruction, also where GS is still or again the user's. So GS is saved and
; restored by value, and the CPU is known from the stack: see enum ist in gdt.h.
align 16
ist_common:
	PUSH_REGISTERS
	cld
	CLAC
	cmp qword [rsp + FRAME_VECTOR], EXC_DEBUG
	jne .stay
	test byte [rsp + FRAME_CS], 3
	jnz debug_from_user
.stay:
	mov ecx, MSR_GS_BASE
	rdmsr
	shl rdx, 32
	or rax, rdx
	mov rbx, rax
	mov rax, rsp
	or rax, IST_STACK_SIZE - 1
	mov rax, [rax - 7] ; the stack's highest word: struct cpu
	mov rdx, rax
	shr rdx, 32
	wrmsr
	mov rdi, rsp
	call trap_dispatch_ist
global ist_return
ist_return:
	mov rax, rbx
	mov rdx, rbx
	shr rdx, 32
	mov ecx, MSR_GS_BASE
	wrmsr
	jmp restore_kernel

debug_from_user:
	; A single step or a breakpoint of the user's: a signal, for which the thread may have to
	; sleep. The frame moves to the thread's own stack and the trap goes on like any other.
	swapgs
	mov rsi, rsp
	mov rdi, [gs:CPU_KERNEL_STACK_TOP]
	sub rdi, FRAME_SIZE
	mov rsp, rdi
	mov ecx, FRAME_SIZE / 8
	rep movsq
	jmp dispatch
