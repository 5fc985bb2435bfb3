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
	bool slice_over;         /* the reschedule that is due ends a slice */
	bool hand_over;          /* `previous` goes to the CPU hand_over_to after the switch */
	unsigned hand_over_to;
	uint64_t switches;
	/* [lock]; read by neighbours without it, as a hint */
	_Atomic unsigned ready_count;
	/* [this CPU, interrupts off] */
	uint64_t timer_deadline; /* what the timer is armed for; TIME_NEVER: it is off */
	unsigned next_neighbour; /* whom balance.c compares with next */
};

void runq_init(void);
struct run_queue *runq_of(unsigned id);
struct run_queue *runq_this(void); /* preemption off */

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
