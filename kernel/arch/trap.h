/* SPDX-License-Identifier: MIT */
/*
 * What the entry code saves of an interrupted context, at the top of the thread's kernel stack
 * when it comes from user mode. The order of the fields is the order of the pushes in entry.asm,
 * checked there against the offsets that offsets.c gives. SDM vol. 3, 6.14.2 (64-bit stack frame).
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <stdbool.h>
#include <stdint.h>

struct trap_frame {
	uint64_t r15, r14, r13, r12, rbp, rbx; /* callee-saved */
	uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	/* TRAP_SYSCALL, TRAP_MODIFIED, or the exception or interrupt vector. */
	uint64_t vector;
	/* On a system call: its number. Otherwise the error code, or 0. */
	uint64_t orig_rax;
	uint64_t rip, cs, rflags, rsp, ss; /* as the CPU pushes them */
};

#define TRAP_SYSCALL 256 /* `vector` of a frame that the syscall instruction made */
/*
 * `vector` of a frame whose content does not come from the entry it belongs to. The short way back
 * from a system call restores only what C code may change and what the syscall instruction allows;
 * so a system call that writes anything but rax into its own frame (execve, rt_sigreturn) sets
 * this, and the frame goes back whole, through iret. (upcall_return_to_user() need not: after it
 * all goes back anyway.)
 */
#define TRAP_MODIFIED 257

enum exception {
	EXC_DIVIDE = 0,
	EXC_DEBUG = 1,
	EXC_NMI = 2,
	EXC_BREAKPOINT = 3,
	EXC_OVERFLOW = 4,
	EXC_BOUND = 5,
	EXC_INVALID_OPCODE = 6,
	EXC_NO_DEVICE = 7,
	EXC_DOUBLE_FAULT = 8,
	EXC_INVALID_TSS = 10,
	EXC_NOT_PRESENT = 11,
	EXC_STACK = 12,
	EXC_PROTECTION = 13,
	EXC_PAGE_FAULT = 14,
	EXC_X87 = 16,
	EXC_ALIGNMENT = 17,
	EXC_MACHINE_CHECK = 18,
	EXC_SIMD = 19,
};

/* What the manual calls an exception. */
const char *trap_name(uint64_t vector);

/* Page-fault error code bits (SDM vol. 3, 4.7). */
#define FAULT_PRESENT  (1UL << 0)
#define FAULT_WRITE    (1UL << 1)
#define FAULT_USER     (1UL << 2)
#define FAULT_RESERVED (1UL << 3)
#define FAULT_FETCH    (1UL << 4)

/* Selectors. User code and data are Linux's 0x33 and 0x2b: `sysret` fixes their distance. */
#define SEL_KERNEL_CODE 0x08
#define SEL_KERNEL_DATA 0x10
#define SEL_USER_DATA   0x2b
#define SEL_USER_CODE   0x33

#define RFLAGS_FIXED (1UL << 1)
#define RFLAGS_TF    (1UL << 8)
#define RFLAGS_DF    (1UL << 10)
#define RFLAGS_NT    (1UL << 14)
#define RFLAGS_RF    (1UL << 16)
#define RFLAGS_AC    (1UL << 18)
/* What a user program may set through sigreturn: CF PF AF ZF SF TF DF OF RF AC. */
#define RFLAGS_USER 0x00050dd5UL

static inline bool trap_from_user(const struct trap_frame *frame)
{
	return (frame->cs & 3) == 3;
}

#endif
