/* SPDX-License-Identifier: MIT */
#include "sched/runq.h"

struct run_queue run_queues[MAX_CPUS];

void runq_begin_cpu(void)
{
	this_cpu()->run_queue = runq_of(this_cpu()->id);
}

void runq_init(void)
{
	for (unsigned id = 0; id < MAX_CPUS; id++) {
		struct run_queue *rq = &run_queues[id];

		spin_init(&rq->lock, "run queue", RANK_RUNQ);
		list_init(&rq->ready);
		rq->id = id;
		rq->timer_deadline = TIME_NEVER;
	}
	runq_begin_cpu();
}

void runq_lock_home_again(struct thread *thread, struct run_queue *locked)
{
	while (atomic_load(&thread->cpu) != locked->id) {
		spin_unlock_irqs_off(&locked->lock);
		locked = runq_of(atomic_load(&thread->cpu));
		spin_lock_irqs_off(&locked->lock);
	}
}
