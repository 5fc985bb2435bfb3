/* SPDX-License-Identifier: MIT */
/* Bringing up a CPU: between cpu.c, trap.c and smp.c. */
#ifndef ARCH_CPU_SETUP_H
#define ARCH_CPU_SETUP_H

#include "arch/cpu.h"

/* Loads everything that the kernel needs in the registers of the CPU that runs this: GDT, TSS,
 * IDT, GS, protection, system calls. cpu->tables is set. */
void cpu_setup(struct cpu *cpu);
/* Counts CPU `id`, the next one, as started. */
void cpu_publish(unsigned id);

void idt_fill(void); /* once */
void idt_load(void); /* each CPU */

#endif
