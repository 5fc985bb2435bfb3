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
	struct thread *previous; /* during a switch that takes it away: who is leaving */
	uint64_t slice_end;      /* of `running` */
	bool choose_anew;        /* `running` may have to go on elsewhere: balance.c */
	/* What becomes of `previous` after the switch. */
	enum { LEAVES_NOTHING, LEAVES_DEAD, LEAVES_FOR_ANOTHER } leaves;
	unsigned leaves_for; /* the CPU */
	uint64_t switches;
	unsigned ready_count; /* also read without the lock: runq_ready_count() */
	/* [this CPU, interrupts off] */
	uint64_t timer_deadline; /* what the timer is armed for; TIME_NEVER: it is off */
	unsigned next_neighbour; /* whom balance.c compares with next */
} __attribute__((aligned(64)));

extern struct run_queue run_queues[MAX_CPUS]; /* by CPU */

void runq_init(void);
void runq_begin_cpu(void); /* makes runq_this() known on this CPU; interrupts off */

static inline struct run_queue *runq_of(unsigned id)
{
	return &run_queues[id];
}

/* Preemption off. */
static inline struct run_queue *runq_this(void)
{
	return this_run_queue();
}

/* How many wait for the CPU, as a hint for others than its lock's holder: a plain number, because
 * one that is _Atomic takes three instructions to go up by one. */
static inline unsigned runq_ready_count(const struct run_queue *rq)
{
	return __atomic_load_n(&rq->ready_count, __ATOMIC_RELAXED);
}

/* It has moved: unlocks what was its home, and locks what is. */
RARE void runq_lock_home_again(struct thread *thread, struct run_queue *locked);
/* Locks the run queue that is the home of `thread`, wherever it moves meanwhile. Interrupts off. */
static inline struct run_queue *runq_lock_home(struct thread *thread)
{
	unsigned id = atomic_load(&thread->cpu);
	struct run_queue *rq = runq_of(id);

	spin_lock_irqs_off(&rq->lock);
	if (__builtin_expect(atomic_load(&thread->cpu) == id, 1))
		return rq;
	call_rare(runq_lock_home_again, thread, rq);
	return runq_of(atomic_load(&thread->cpu));
}

static inline void runq_push_locked(struct run_queue *rq, struct thread *thread)
{
	assert_held(&rq->lock);
	ASSERT(!list_linked(&thread->run_node));
	ASSERT(thread->state == THREAD_RUNNABLE && atomic_load(&thread->cpu) == rq->id);
	list_push_back(&rq->ready, &thread->run_node);
	rq->ready_count++;
}

static inline void runq_remove_locked(struct run_queue *rq, struct thread *thread)
{
	assert_held(&rq->lock);
	list_remove(&thread->run_node);
	rq->ready_count--;
}

/* `thread` goes to the end of the queue, which is not empty, and the first comes off it. (By hand,
 * because before the first there is the head: list_remove() would look that up.) */
static inline struct thread *runq_rotate_locked(struct run_queue *rq, struct thread *thread)
{
	struct list_node *head = &rq->ready.head, *first = head->next, *second = first->next;

	assert_held(&rq->lock);
	ASSERT(!list_empty(&rq->ready) && !list_linked(&thread->run_node));
	head->next = second;
	second->prev = head;
	list_node_init(first);
	list_push_back(&rq->ready, &thread->run_node);
	return container_of(first, struct thread, run_node);
}

/* The next to run: the first of the queue, or the idle thread. */
static inline struct thread *runq_pop_locked(struct run_queue *rq)
{
	if (list_empty(&rq->ready))
		return rq->idle;
	struct thread *thread = container_of(rq->ready.head.next, struct thread, run_node);
	runq_remove_locked(rq, thread);
	return thread;
}

/* Puts a RUNNABLE thread that is in no queue on that of thread->cpu, and sees to it that a CPU
 * looks. Interrupts off, no run queue locked. (sched.c) */
void sched_enqueue(struct thread *thread);
/* Changes thread->cpu. The old home is locked, and the thread in no queue. (sched.c) */
void sched_set_home(struct thread *thread, unsigned id);
/* Makes CPU `id` reschedule. Interrupts off. (sched.c) */
void sched_resched_cpu(unsigned id);

#endif
