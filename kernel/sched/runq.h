/* SPDX-License-Identifier: MIT */
/* The run queue of a CPU. Private to sched: others use sched.h. */
#ifndef SCHED_RUNQ_H
#define SCHED_RUNQ_H

#include "base/spinlock.h"
#include "sched/sched.h"

struct run_queue {
	struct spinlock lock; /* taken with interrupts off */
	/* const */
	unsigned id;
	/* [lock] */
	struct list ready;       /* RUNNABLE threads, the next to run first */
	struct thread *running;  /* RUNNING here; the idle thread when nobody else is */
	struct thread *idle;     /* const once its CPU is started */
	struct thread *previous; /* during a switch: the thread that is leaving */
	uint64_t slice_end;      /* of `running` */
	bool choose_anew;        /* `running` may have to go on elsewhere: balance.c */
	/* What becomes of `previous` after the switch. */
	enum { LEAVES_NOTHING, LEAVES_DEAD, LEAVES_FOR_ANOTHER } leaves;
	unsigned leaves_for; /* the CPU */
	uint64_t switches;
	/* [lock]; read by neighbours without it, as a hint */
	_Atomic unsigned ready_count;
	/* [this CPU, interrupts off] */
	uint64_t timer_deadline; /* what the timer is armed for; TIME_NEVER: it is off */
	unsigned next_neighbour; /* whom balance.c compares with next */
} __attribute__((aligned(64)));

extern struct run_queue run_queues[MAX_CPUS]; /* by CPU */

void runq_init(void);

static inline struct run_queue *runq_of(unsigned id)
{
	return &run_queues[id];
}

/* Preemption off. */
static inline struct run_queue *runq_this(void)
{
	return &run_queues[this_cpu()->id];
}

/* Locks the run queue that is the home of `thread`, wherever it moves meanwhile. Interrupts off. */
struct run_queue *runq_lock_home(struct thread *thread);

void runq_push_locked(struct run_queue *rq, struct thread *thread);
struct thread *runq_pop_locked(struct run_queue *rq); /* NULL: empty */
void runq_remove_locked(struct run_queue *rq, struct thread *thread);

/* Puts a RUNNABLE thread that is in no queue on that of thread->cpu, and sees to it that a CPU
 * looks. Interrupts off, no run queue locked. (sched.c) */
void sched_enqueue(struct thread *thread);
/* Changes thread->cpu. The old home is locked, and the thread in no queue. (sched.c) */
void sched_set_home(struct thread *thread, unsigned id);
/* Makes CPU `id` reschedule. Interrupts off. (sched.c) */
void sched_resched_cpu(unsigned id);

#endif
