/* SPDX-License-Identifier: MIT */
#include "sched/runq.h"

struct run_queue run_queues[MAX_CPUS];

void runq_init(void)
{
	for (unsigned id = 0; id < MAX_CPUS; id++) {
		struct run_queue *rq = &run_queues[id];

		spin_init(&rq->lock, "run queue", RANK_RUNQ);
		list_init(&rq->ready);
		rq->id = id;
		rq->timer_deadline = TIME_NEVER;
	}
}

struct run_queue *runq_lock_home(struct thread *thread)
{
	for (;;) {
		unsigned id = atomic_load(&thread->cpu);
		struct run_queue *rq = &run_queues[id];

		spin_lock(&rq->lock);
		if (atomic_load(&thread->cpu) == id)
			return rq;
		spin_unlock_no_resched(&rq->lock);
	}
}

/* The count has one writer at a time (the lock), so it needs no atomic addition. */
static void ready_count_add(struct run_queue *rq, int change)
{
	unsigned count = atomic_load_explicit(&rq->ready_count, memory_order_relaxed);

	atomic_store_explicit(&rq->ready_count, count + (unsigned)change, memory_order_relaxed);
}

void runq_push_locked(struct run_queue *rq, struct thread *thread)
{
	assert_held(&rq->lock);
	ASSERT(!list_linked(&thread->run_node));
	ASSERT(thread->state == THREAD_RUNNABLE && atomic_load(&thread->cpu) == rq->id);
	list_push_back(&rq->ready, &thread->run_node);
	ready_count_add(rq, 1);
}

void runq_remove_locked(struct run_queue *rq, struct thread *thread)
{
	assert_held(&rq->lock);
	list_remove(&thread->run_node);
	ready_count_add(rq, -1);
}

struct thread *runq_pop_locked(struct run_queue *rq)
{
	struct list_node *node = list_first(&rq->ready);

	if (!node)
		return NULL;
	struct thread *thread = container_of(node, struct thread, run_node);
	runq_remove_locked(rq, thread);
	return thread;
}
