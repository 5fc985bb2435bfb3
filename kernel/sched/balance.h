/* SPDX-License-Identifier: MIT */
/* Which CPU a thread runs on: placement, stealing, handing over. Private to sched. Interrupts off
 * throughout. */
#ifndef SCHED_BALANCE_H
#define SCHED_BALANCE_H

#include "lib/util.h"
#include "sched/runq.h"

/* Under the lock of the thread's home the answer stands. */
static inline bool balance_may_run_on(const struct thread *thread, unsigned id)
{
	return thread->affinity >> id & 1;
}

unsigned balance_first_allowed(const struct thread *thread);

void balance_set_idle(unsigned id, bool idle);
extern _Atomic cpumask_t idle_cpus; /* balance.c */

/* As a waker must look that has queued a thread: see idle_cpus. */
static inline bool balance_anyone_idle(void)
{
	return atomic_load(&idle_cpus) != 0;
}

/* For a waking thread (its home's lock held), and for a new one (no lock). */
unsigned balance_choose_among(struct thread *thread, unsigned home);
unsigned balance_choose_first_cpu(struct thread *thread);
/* Where the current thread goes when it gives the CPU up: this CPU, or one with fewer waiting
 * threads. rq->lock held. */
unsigned balance_choose_after_slice(struct run_queue *rq, struct thread *thread);
/* Lets an idle CPU of `allowed`, another one than this, look for work. */
void balance_kick_idle(cpumask_t allowed);
/* Moves a waiting thread of another CPU here. False: nobody has one. */
bool balance_steal(struct run_queue *rq);

#endif
