/* SPDX-License-Identifier: MIT */
/* Starting the other CPUs, and interrupts between CPUs. */
#ifndef ARCH_SMP_H
#define ARCH_SMP_H

#include "arch/types.h"

struct thread;

/* LAPIC and I/O APIC of the boot CPU; the old PICs are masked. After pagetable_init_kernel(),
 * before clock_init(); interrupts off. */
void interrupts_init(void);

/* Starts every CPU of the MADT, one after the other. `make_idle(id)` gives the idle thread whose
 * stack top the CPU starts on. Each CPU calls upcall_cpu_start(). Boot CPU, interrupts on. */
void smp_start(struct thread *(*make_idle)(unsigned id), vaddr_t (*stack_top)(struct thread *));

/* Makes CPU `id` call upcall_ipi_reschedule(). Any context. */
void ipi_reschedule(unsigned id);
/* Stops every other CPU for good, by NMI: for a panic. One that does not answer within 100 ms is
 * left alone. */
void smp_stop_others(void);
/* Where a CPU waits to be stopped while another one panics; `frame` says what it was doing, or is
 * NULL. */
struct trap_frame;
_Noreturn void smp_park(const struct trap_frame *frame);
/* What a stopped CPU was doing; NULL: it was not stopped, or does not know. */
const struct trap_frame *smp_stopped_at(unsigned id);

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
