/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: per-CPU FIFO run queues, round robin with a fixed quantum, stealing by idle CPUs. Everything
 * is O(1) in the number of threads.
 */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include "sched/thread.h"

/* Makes the code that runs main() the boot CPU's first thread and builds the run queues. */
void sched_init(void);
/* The idle thread of CPU `id`, for smp_start(). */
struct thread *sched_make_idle(unsigned id);
/* Becomes the idle thread of this CPU. */
_Noreturn void sched_idle(void);

/* Gives the CPU away. The current thread stays RUNNABLE, at the end of its queue. */
void sched_yield(void);
/* If a reschedule is due and allowed here, does it. */
void sched_preempt_check(void);

static inline void preempt_enable(void)
{
	preempt_enable_no_resched();
	if (atomic_load_explicit(&cpu_self_unchecked()->need_resched, memory_order_relaxed))
		sched_preempt_check();
}

/* From the timer interrupt: slice accounting and due timeouts. Interrupts off. */
void sched_timer(bool from_user);
/* Arms this CPU's timer for what is due first. Interrupts off. */
void sched_rearm_timer(void);
/* The part of a first run that schedule() does for others after its switch. */
void sched_finish_switch(void);
/* The caller's address space changed (exec, exit): use `table` from now on (NULL: the kernel's). */
void sched_set_page_table(struct page_table *table);

uint64_t sched_quantum(void); /* ns */
int sched_set_affinity(struct thread *thread, cpumask_t mask); /* -EINVAL: no started CPU in it */

struct sched_counts {
	uint64_t switches, idle_ns;
	unsigned runnable; /* queued or running, idle threads not counted */
};
void sched_cpu_counts(unsigned id, struct sched_counts *counts);
uint64_t sched_load_average(unsigned index); /* fixed point, 11 bits, index 0..2: 1, 5, 15 minutes */

#endif
