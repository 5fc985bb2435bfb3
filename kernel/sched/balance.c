/* SPDX-License-Identifier: MIT */
/*
 * Spreading threads over CPUs. No decision looks at more than a few words a CPU; counts of other
 * CPUs are read without their lock, as hints: a wrong guess costs a slice, not correctness.
 */
#include "sched/balance.h"

#include "arch/smp.h"
#include "lib/abi/errno.h"
#include "lib/util.h"

/* How far into a queue a thief looks for a thread that may come along. */
#define STEAL_DEPTH 8

/* CPUs that are about to halt or have; a waker takes the bit of the one that it chooses. seq_cst:
 * idle_once() sets its bit and then looks for threads, a waker queues its thread and then looks for
 * bits; one of them must see the other. */
_Atomic cpumask_t idle_cpus;

static cpumask_t started_cpus(void)
{
	unsigned count = cpu_count();

	return count == MAX_CPUS ? ~(cpumask_t)0 : BIT(count) - 1;
}

unsigned balance_first_allowed(const struct thread *thread)
{
	return (unsigned)__builtin_ctzll(thread->affinity & started_cpus());
}

void balance_set_idle(unsigned id, bool idle)
{
	if (idle)
		atomic_fetch_or(&idle_cpus, BIT(id));
	else if (atomic_load_explicit(&idle_cpus, memory_order_relaxed) & BIT(id))
		atomic_fetch_and(&idle_cpus, ~BIT(id));
}

/* Takes CPU `id` out of the idle ones, so that the next waker chooses another. It puts itself
 * back. */
static unsigned claim(unsigned id)
{
	atomic_fetch_and(&idle_cpus, ~BIT(id));
	return id;
}

/* An idle CPU of `allowed`, this one if it is among them; -1: none. */
static int find_idle(cpumask_t allowed)
{
	cpumask_t idle = atomic_load(&idle_cpus) & allowed;
	unsigned here = this_cpu()->id;

	if (!idle)
		return -1;
	return idle & BIT(here) ? (int)here : __builtin_ctzll(idle);
}

unsigned balance_choose_among(struct thread *thread, unsigned home)
{
	cpumask_t allowed = thread->affinity & started_cpus();
	int idle = find_idle(allowed);

	if (!(allowed & BIT(home)))
		return idle >= 0 ? claim((unsigned)idle) : balance_first_allowed(thread);
	if (idle < 0)
		return home;
	if (atomic_load(&idle_cpus) & BIT(home))
		return claim(home);
	return claim((unsigned)idle);
}

static unsigned ready_count_of(unsigned id)
{
	return runq_ready_count(runq_of(id));
}

/* Another CPU, in turn. */
static unsigned next_neighbour(struct run_queue *rq)
{
	unsigned count = cpu_count();
	unsigned neighbour = rq->next_neighbour++ % count;

	return neighbour != rq->id ? neighbour : rq->next_neighbour++ % count;
}

unsigned balance_choose_first_cpu(struct thread *thread)
{
	cpumask_t allowed = thread->affinity & started_cpus();
	int idle = find_idle(allowed);
	struct run_queue *here = runq_this();

	if (idle >= 0)
		return claim((unsigned)idle);
	unsigned other = next_neighbour(here);
	if (!(allowed & BIT(here->id)))
		return balance_first_allowed(thread);
	if ((allowed & BIT(other)) && ready_count_of(other) < ready_count_of(here->id))
		return other;
	return here->id;
}

unsigned balance_choose_after_slice(struct run_queue *rq, struct thread *thread)
{
	if (!balance_may_run_on(thread, rq->id))
		return balance_first_allowed(thread);
	if (cpu_count() == 1)
		return rq->id;
	/* Always the next in the ring: so the thread too many goes round, and everyone waits in
	 * turn. */
	unsigned neighbour = (rq->id + 1) % cpu_count();
	bool fewer = ready_count_of(neighbour) < ready_count_of(rq->id);
	return fewer && (thread->affinity & BIT(neighbour)) ? neighbour : rq->id;
}

void balance_kick_idle(cpumask_t allowed)
{
	int idle = find_idle(allowed & ~BIT(this_cpu()->id));

	if (idle >= 0)
		ipi_reschedule(claim((unsigned)idle));
}

/* The first thread near the head of `rq` that may run on CPU `id`. */
static struct thread *find_stealable_locked(struct run_queue *rq, unsigned id)
{
	unsigned depth = 0;

	list_for_each(node, &rq->ready) {
		struct thread *thread = container_of(node, struct thread, run_node);

		if (balance_may_run_on(thread, id))
			return thread;
		if (++depth == STEAL_DEPTH)
			break;
	}
	return NULL;
}

static struct thread *steal_from(struct run_queue *victim, unsigned thief)
{
	if (ready_count_of(victim->id) == 0)
		return NULL;
	spin_lock_irqs_off(&victim->lock);
	struct thread *thread = find_stealable_locked(victim, thief);
	if (thread) {
		runq_remove_locked(victim, thread);
		sched_set_home(thread, thief);
	}
	spin_unlock_irqs_off(&victim->lock);
	return thread;
}

bool balance_steal(struct run_queue *rq)
{
	unsigned count = cpu_count();

	for (unsigned step = 1; step < count; step++) {
		struct run_queue *victim = runq_of((rq->id + step) % count);
		struct thread *thread = steal_from(victim, rq->id);

		if (thread) {
			sched_enqueue(thread);
			return true;
		}
	}
	return false;
}

/* Takes a waiting thread off a CPU on which it may not run any more. `rq` is its locked home. */
static bool move_off_locked(struct run_queue *rq, struct thread *thread)
{
	if (balance_may_run_on(thread, rq->id) || !list_linked(&thread->run_node))
		return false;
	runq_remove_locked(rq, thread);
	sched_set_home(thread, balance_first_allowed(thread));
	return true;
}

/* Runs where it may not, and has been told to go. */
static bool is_misplaced(struct thread *thread)
{
	uint64_t flags = irq_save();
	struct run_queue *rq = runq_lock_home(thread);
	bool misplaced = rq->running == thread && !balance_may_run_on(thread, rq->id);

	spin_unlock_irqs_off(&rq->lock);
	irq_restore(flags);
	return misplaced;
}

int sched_set_affinity(struct thread *thread, cpumask_t mask)
{
	mask &= started_cpus();
	if (!mask)
		return -EINVAL;

	uint64_t flags = irq_save();
	struct run_queue *rq = runq_lock_home(thread);
	thread->affinity = mask;
	bool moved = move_off_locked(rq, thread);
	bool misplaced = rq->running == thread && !balance_may_run_on(thread, rq->id);
	if (misplaced)
		rq->choose_anew = true;
	spin_unlock_irqs_off(&rq->lock);

	if (moved)
		sched_enqueue(thread);
	if (misplaced)
		sched_resched_cpu(rq->id);
	irq_restore(flags);
	if (thread == current)
		sched_preempt_check();
	while (is_misplaced(thread))
		sched_yield();
	return 0;
}
