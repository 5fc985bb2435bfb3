/* SPDX-License-Identifier: MIT */
/* A thread runs on the CPUs of its mask and on no other, whatever it does when the mask changes. */
#include "lib/abi/errno.h"
#include "sync/semaphore.h"
#include "tests/kernel/sync_help.h"

static _Atomic cpumask_t seen;

/* Preemption is off between looking and telling, so it cannot move in between. */
static void note_here(void)
{
	preempt_disable();
	seen |= BIT(this_cpu()->id);
	preempt_enable();
}

static void note_until_stopped(void *unused)
{
	while (!kthread_should_stop())
		note_here();
}

KTEST(affinity_moves_a_running_thread)
{
	struct kthread *thread = kthread_run("runs", note_until_stopped, NULL);

	for (unsigned round = 0; round < 3; round++)
		for (unsigned id = 0; id < cpu_count(); id++) {
			KTEST_EQUAL(sched_set_affinity(kthread_thread(thread), BIT(id)), 0);
			seen = 0;
			while (seen == 0)
				sched_yield();
			KTEST_EQUAL(sleep_until(clock_now() + NS_PER_MS, WAIT_UNINTERRUPTIBLE,
						"test"),
				    0);
			KTEST_EQUAL(seen, BIT(id));
		}
	kthread_stop(thread);
}

static void note_once(void *unused)
{
	note_here();
}

/* It is RUNNABLE on this CPU, which does not let it in. */
KTEST(affinity_moves_a_waiting_thread)
{
	cpumask_t before = current->affinity;

	if (cpu_count() == 1)
		return;
	KTEST_EQUAL(sched_set_affinity(current, BIT(0)), 0);
	struct kthread *thread = kthread_create_on(0, "waits", note_once, NULL);
	seen = 0;
	preempt_disable();
	kthread_start(thread);
	KTEST_EQUAL(kthread_thread(thread)->state, THREAD_RUNNABLE);
	KTEST_EQUAL(sched_set_affinity(kthread_thread(thread), BIT(1)), 0);
	while (seen == 0)
		cpu_relax();
	preempt_enable();
	KTEST_EQUAL(seen, BIT(1));
	kthread_join(thread);
	KTEST_EQUAL(sched_set_affinity(current, before), 0);
}

static void note_when_woken(void *argument)
{
	semaphore_down(argument);
	note_here();
}

struct holders {
	_Atomic bool let_go;
	_Atomic unsigned begun;
	struct kthread *threads[MAX_CPUS];
};

static void hold_cpu(void *argument)
{
	struct holders *holders = argument;

	preempt_disable();
	holders->begun++;
	while (!holders->let_go)
		cpu_relax();
	preempt_enable();
}

/* From now on every CPU but `free` is busy, and runs nothing else. */
static void hold_cpus_but(unsigned free, struct holders *holders)
{
	*holders = (struct holders){.begun = 0};
	for (unsigned id = 0; id < cpu_count(); id++)
		if (id != free)
			holders->threads[id] = kthread_run_on(id, "holds", hold_cpu, holders);
	while (holders->begun < cpu_count() - 1)
		sched_yield();
}

static void let_cpus_go(struct holders *holders)
{
	holders->let_go = true;
	for (unsigned id = 0; id < cpu_count(); id++)
		if (holders->threads[id])
			kthread_join(holders->threads[id]);
}

/* Its last CPU would be chosen, for nobody is idle; and as it is held, the thread would still be
 * there when we look. */
static void wake_where_it_must_not_go_back(unsigned last, unsigned id)
{
	struct semaphore semaphore;
	struct holders holders;

	semaphore_init(&semaphore, "woken", 0);
	KTEST_EQUAL(sched_set_affinity(current, BIT(id)), 0);
	struct kthread *thread = kthread_run_on(last, "sleeps", note_when_woken, &semaphore);
	await_blocked(thread);
	KTEST_EQUAL(sched_set_affinity(kthread_thread(thread), BIT(id)), 0);
	KTEST_CHECK(is_blocked(thread));
	hold_cpus_but(id, &holders);
	seen = 0;
	preempt_disable();
	semaphore_up(&semaphore);
	KTEST_EQUAL(kthread_thread(thread)->state, THREAD_RUNNABLE);
	KTEST_EQUAL(kthread_thread(thread)->cpu, id);
	preempt_enable();
	let_cpus_go(&holders);
	kthread_join(thread);
	KTEST_EQUAL(seen, BIT(id));
}

KTEST(affinity_holds_for_a_woken_thread)
{
	cpumask_t before = current->affinity;

	for (unsigned id = 0; id < cpu_count(); id++)
		wake_where_it_must_not_go_back((id + 1) % cpu_count(), id);
	KTEST_EQUAL(sched_set_affinity(current, before), 0);
}

KTEST(affinity_of_no_cpu_is_refused)
{
	cpumask_t before = current->affinity;

	KTEST_EQUAL(sched_set_affinity(current, 0), -EINVAL);
	KTEST_EQUAL(sched_set_affinity(current, BIT(cpu_count())), -EINVAL);
	KTEST_EQUAL(current->affinity, before);
}

/* ---- changes at any moment ---- */

#define MOVERS 3

struct mover {
	_Atomic cpumask_t where; /* CPUs it has noticed since the last change */
	uint32_t seed;
};

static void move_about(void *argument)
{
	struct mover *mover = argument;

	while (!kthread_should_stop()) {
		preempt_disable();
		mover->where |= BIT(this_cpu()->id);
		preempt_enable();
		if (random_below(&mover->seed, 3) == 0)
			sched_yield();
		else if (random_below(&mover->seed, 3) == 0)
			(void)!sleep_until(clock_now() + 5000, WAIT_INTERRUPTIBLE, "mover");
	}
}

/* The movers run, wait and sleep, are stolen and handed over, while their masks change. */
KTEST(affinity_changes_at_any_moment)
{
	static struct mover movers[MOVERS];
	struct kthread *threads[MOVERS];
	uint32_t seed = 5;

	for (unsigned i = 0; i < MOVERS; i++) {
		movers[i] = (struct mover){.seed = 77 + i};
		threads[i] = kthread_run("mover", move_about, &movers[i]);
	}
	for (int round = 0; round < 300; round++) {
		unsigned i = random_below(&seed, MOVERS);
		cpumask_t mask = random_below(&seed, (1U << cpu_count()) - 1) + 1;

		KTEST_EQUAL(sched_set_affinity(kthread_thread(threads[i]), mask), 0);
		movers[i].where = 0;
		for (uint32_t turns = random_below(&seed, 4); turns > 0; turns--)
			sched_yield();
		KTEST_EQUAL(movers[i].where & ~mask, 0);
	}
	for (unsigned i = 0; i < MOVERS; i++)
		kthread_stop(threads[i]);
}
