/* SPDX-License-Identifier: MIT */
/*
 * What the assembler must know of C's structs and constants. Compiled to assembly, never linked:
 * tools/mkoffsets makes build/gen/offsets.inc from the markers in it.
 */
#include "arch/ap.h"
#include "arch/cpu.h"
#include "arch/gdt.h"
#include "arch/trap.h"

#define CONSTANT(name, value)      __asm__ volatile("\n.ascii \"->" #name " %c0\"" : : "i"(value))
#define OFFSET(name, type, member) CONSTANT(name, offsetof(type, member))

void offsets(void);

void offsets(void)
{
	OFFSET(CPU_SELF, struct cpu, self);
	OFFSET(CPU_CURRENT, struct cpu, current_thread);
	OFFSET(CPU_KERNEL_STACK_TOP, struct cpu, kernel_stack_top);
	OFFSET(CPU_USER_RSP, struct cpu, user_rsp);
	OFFSET(CPU_PREEMPT_COUNT, struct cpu, preempt_count);

	OFFSET(FRAME_R15, struct trap_frame, r15);
	OFFSET(FRAME_R14, struct trap_frame, r14);
	OFFSET(FRAME_R13, struct trap_frame, r13);
	OFFSET(FRAME_R12, struct trap_frame, r12);
	OFFSET(FRAME_RBP, struct trap_frame, rbp);
	OFFSET(FRAME_RBX, struct trap_frame, rbx);
	OFFSET(FRAME_R11, struct trap_frame, r11);
	OFFSET(FRAME_R10, struct trap_frame, r10);
	OFFSET(FRAME_R9, struct trap_frame, r9);
	OFFSET(FRAME_R8, struct trap_frame, r8);
	OFFSET(FRAME_RAX, struct trap_frame, rax);
	OFFSET(FRAME_RCX, struct trap_frame, rcx);
	OFFSET(FRAME_RDX, struct trap_frame, rdx);
	OFFSET(FRAME_RSI, struct trap_frame, rsi);
	OFFSET(FRAME_RDI, struct trap_frame, rdi);
	OFFSET(FRAME_VECTOR, struct trap_frame, vector);
	OFFSET(FRAME_ORIG_RAX, struct trap_frame, orig_rax);
	OFFSET(FRAME_RIP, struct trap_frame, rip);
	OFFSET(FRAME_CS, struct trap_frame, cs);
	OFFSET(FRAME_RFLAGS, struct trap_frame, rflags);
	OFFSET(FRAME_RSP, struct trap_frame, rsp);
	CONSTANT(FRAME_SIZE, sizeof(struct trap_frame));

	CONSTANT(TRAP_SYSCALL, TRAP_SYSCALL);
	CONSTANT(EXC_DEBUG, EXC_DEBUG);
	CONSTANT(EXC_NMI, EXC_NMI);
	CONSTANT(EXC_DOUBLE_FAULT, EXC_DOUBLE_FAULT);
	CONSTANT(EXC_MACHINE_CHECK, EXC_MACHINE_CHECK);
	CONSTANT(SEL_USER_DATA, SEL_USER_DATA);
	CONSTANT(SEL_USER_CODE, SEL_USER_CODE);
	CONSTANT(RFLAGS_TF_RF, RFLAGS_TF | RFLAGS_RF);
	CONSTANT(IST_STACK_SIZE, IST_STACK_SIZE);
	CONSTANT(AP_TRAMPOLINE, AP_TRAMPOLINE);
}
