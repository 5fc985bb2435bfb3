/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: per-CPU FIFO run queues, round robin with a fixed quantum, stealing by idle CPUs.
 * Everything is O(1) in the number of threads.
 */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include "sched/thread.h"

/* Builds the run queues and timeouts and reads quantum=. Boot, first of sched. */
void sched_init(void);
/* The idle thread of CPU `id`, for smp_start(). Panics when there is no memory. The boot CPU's is
 * the code that runs main(), and ends in sched_idle(). */
struct thread *sched_make_idle(unsigned id);
/* Makes the code that calls it, on the boot stack, the boot CPU's idle thread of `process`, and
 * `current`. */
void sched_adopt_boot_thread(struct process *process);
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
/* The same at the end of an interrupt or exception of the kernel. Interrupts off. */
void sched_preempt_from_trap(void);

/* In the interrupt that another CPU sent: makes the current thread look at need_resched on its way
 * to user mode. */
void sched_note_resched(void);

/* Parks the current thread as BLOCKED on `wait`, unless that is over already. May return early: the
 * caller tests again. Thread context, no spinlock held, interrupts off; they are on afterwards. */
void sched_block(struct wait *wait);
/* Makes `thread` RUNNABLE if it is BLOCKED on a wait that is over. Any context but NMI. */
void sched_unblock(struct thread *thread);
/* Puts a NEW thread on a run queue. */
void sched_start(struct thread *thread);
/* The end of the current thread: DEAD, switched away from for ever. */
_Noreturn void sched_exit(void);
/* Makes the CPU on which `thread` runs look at its work flags, if it runs. Any context but NMI. */
void sched_kick(struct thread *thread);
/* The part of a first run that schedule() does for others after its switch. */
void sched_finish_switch(void);
/* The caller's address space changed (exec, exit): use `table` from now on (NULL: the kernel's). */
void sched_set_page_table(struct page_table *table);
/* The same for the caller's thread-local storage: a user address. */
void sched_set_fs_base(uint64_t base);

uint64_t sched_quantum(void); /* ns */
/* From its return on `thread` runs on CPUs of the mask only. -EINVAL: no started CPU is in it.
 * Thread context, no spinlock held. */
int sched_set_affinity(struct thread *thread, cpumask_t mask);

struct sched_counts {
	uint64_t switches, idle_ns;
	unsigned runnable; /* queued or running, idle threads not counted */
};
void sched_cpu_counts(unsigned id, struct sched_counts *counts);
/* Starts counting the load (a timeout every 5 s). */
void sched_load_init(void);
uint64_t sched_load_average(
	unsigned index); /* fixed point, 11 bits, index 0..2: 1, 5, 15 minutes */

#endif
