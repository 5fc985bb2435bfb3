/* SPDX-License-Identifier: MIT */
/* Between boot/ap.asm and smp.c. */
#ifndef ARCH_AP_H
#define ARCH_AP_H

#include "arch/types.h"

struct cpu;

/* The physical page where a startup IPI makes a CPU begin: below 1 MiB, page-aligned. start.c
 * takes it (and all below it) out of the memory map. */
#define AP_TRAMPOLINE 0x8000

/* The code to be copied there. */
extern const char ap_trampoline[], ap_trampoline_end[];
/* What the CPU that is being started gets: the kernel's page table, its first stack, its struct
 * cpu. */
extern paddr_t ap_root;
extern vaddr_t ap_stack_top;
extern struct cpu *ap_cpu;

/* Its first C code. */
_Noreturn void ap_start(struct cpu *cpu);

#endif
