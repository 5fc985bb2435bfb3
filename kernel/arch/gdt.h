/* SPDX-License-Identifier: MIT */
/*
 * Segment descriptors, the TSS and the IST stacks: one set per CPU. In 64-bit mode segments only
 * carry the privilege level; the TSS only says which stacks traps switch to (SDM vol. 3, 8.7,
 * 6.14.5).
 */
#ifndef ARCH_GDT_H
#define ARCH_GDT_H

#include "arch/types.h"

struct cpu;

/*
 * Exceptions that may strike where the stack or GS cannot be trusted get stacks of their own. Each
 * is aligned to its size and begins, at its highest word, with the address of its CPU's struct
 * cpu: that is how the entry code knows where it is without GS.
 */
enum ist { IST_NMI = 1, IST_DOUBLE_FAULT, IST_MACHINE_CHECK, IST_DEBUG, IST_COUNT = IST_DEBUG };
#define IST_STACK_SIZE 8192

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map; /* beyond the limit: no port is the user's */
} __attribute__((packed));

struct cpu_tables {
	uint8_t ist_stacks[IST_COUNT][IST_STACK_SIZE] __attribute__((aligned(IST_STACK_SIZE)));
	uint64_t gdt[9];
	struct tss tss __attribute__((aligned(16)));
};

/* Loads GDT, TSS and GS (with `cpu`) on the CPU that runs this. cpu->tables is zeroed memory,
 * aligned to IST_STACK_SIZE. */
void gdt_load(struct cpu *cpu);
/* Where traps from user mode put their frame: the current thread's kernel stack. Interrupts off. */
void tss_set_kernel_stack(struct cpu *cpu, vaddr_t top);

#endif
