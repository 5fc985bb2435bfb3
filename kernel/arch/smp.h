/* SPDX-License-Identifier: MIT */
/* Starting the other CPUs, and interrupts between CPUs. */
#ifndef ARCH_SMP_H
#define ARCH_SMP_H

#include "arch/types.h"

/* Starts every CPU of the MADT, one after the other. `make_idle(id)` gives the idle thread whose stack
 * top the CPU starts on. Each CPU calls upcall_cpu_start(). Boot CPU, interrupts on. */
void smp_start(struct thread *(*make_idle)(unsigned id), vaddr_t (*stack_top)(struct thread *));

/* Makes CPU `id` call upcall_ipi_reschedule(). Any context. */
void ipi_reschedule(unsigned id);
/* Stops every other CPU for good, by NMI: for a panic. `report` runs on each, in NMI context. */
void smp_stop_others(void (*report)(void));

/* Cores and threads as CPUID tells, of one CPU. */
struct cpu_topology {
	unsigned package, core, hardware_thread;
};
void cpu_topology(unsigned id, struct cpu_topology *topology);
const char *cpu_model_name(void);
const char *cpu_vendor(void);

/* I/O APIC: routes ISA interrupt `irq` to the boot CPU and unmasks it. */
void irq_route(unsigned irq);

#endif
