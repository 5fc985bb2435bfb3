/* SPDX-License-Identifier: MIT */
/* Starting the other CPUs, and interrupts between CPUs. */
#ifndef ARCH_SMP_H
#define ARCH_SMP_H

#include "arch/types.h"

struct thread;

/* LAPIC and I/O APIC of the boot CPU; the old PICs are masked. After pagetable_init_kernel(), before
 * clock_init(); interrupts off. */
void interrupts_init(void);

/* Starts every CPU of the MADT, one after the other. `make_idle(id)` gives the idle thread whose stack
 * top the CPU starts on. Each CPU calls upcall_cpu_start(). Boot CPU, interrupts on. */
void smp_start(struct thread *(*make_idle)(unsigned id), vaddr_t (*stack_top)(struct thread *));

/* Makes CPU `id` call upcall_ipi_reschedule(). Any context. */
void ipi_reschedule(unsigned id);
/* Stops every other CPU for good, by NMI, one after the other: for a panic. `report` (may be NULL) runs on
 * each, in NMI context. A CPU that does not answer within 100 ms is left alone. */
void smp_stop_others(void (*report)(void));
/* Where a CPU waits to be stopped while another one panics. */
_Noreturn void smp_park(void);

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
