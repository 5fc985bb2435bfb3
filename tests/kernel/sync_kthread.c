/* SPDX-License-Identifier: MIT */
/* Kernel threads: created, started, asked to stop, left alone; each at every moment. */
#include "lib/abi/errno.h"
#include "sync/completion.h"
#include "sync/kthread.h"
#include "sync/semaphore.h"
#include "tests/kernel/sync_help.h"

static void count_up(void *argument)
{
	_Atomic int *runs = argument;

	(*runs)++;
}

KTEST(kthread_created_is_new_until_started)
{
	_Atomic int runs = 0;
	struct kthread *thread = kthread_create("later", count_up, (void *)&runs);

	for (int i = 0; i < 20; i++)
		sched_yield();
	KTEST_EQUAL(kthread_thread(thread)->state, THREAD_NEW);
	KTEST_EQUAL(runs, 0);
	kthread_start(thread);
	kthread_join(thread);
	KTEST_EQUAL(runs, 1);
}

KTEST(kthread_never_started_stops_without_running)
{
	_Atomic int runs = 0;

	kthread_stop(kthread_create("never", count_up, (void *)&runs));
	KTEST_EQUAL(runs, 0);
}

KTEST(kthread_that_has_ended_can_be_stopped)
{
	_Atomic int runs = 0;
	struct kthread *thread = kthread_run("short", count_up, (void *)&runs);

	while (kthread_thread(thread)->state != THREAD_DEAD)
		sched_yield();
	kthread_stop(thread);
	KTEST_EQUAL(runs, 1);
}

/* ---- stop and sleep ---- */

struct sleeper {
	enum wait_kind kind;
	struct completion never;
	_Atomic bool asleep_soon; /* it is on its way into the wait */
	_Atomic bool let_sleep;   /* it may go on that way */
	int rc;
};

static void sleep_until_stopped(void *argument)
{
	struct sleeper *sleeper = argument;

	sleeper->asleep_soon = true;
	while (!sleeper->let_sleep)
		sched_yield();
	sleeper->rc = completion_wait_until(&sleeper->never, sleeper->kind, TIME_NEVER);
	KTEST_CHECK(kthread_should_stop());
}

static struct kthread *start_sleeper(struct sleeper *sleeper, enum wait_kind kind)
{
	*sleeper = (struct sleeper){.kind = kind};
	completion_init(&sleeper->never, "never");
	return kthread_run("sleeper", sleep_until_stopped, sleeper);
}

KTEST(kthread_stop_ends_the_sleep_of_a_thread)
{
	static const enum wait_kind kinds[] = {WAIT_KILLABLE, WAIT_INTERRUPTIBLE};
	struct sleeper sleeper;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct kthread *thread = start_sleeper(&sleeper, kinds[i]);

		sleeper.let_sleep = true;
		await_blocked(thread);
		kthread_stop(thread);
		KTEST_EQUAL(sleeper.rc, -EINTR);
	}
}

static void stop_it(void *argument)
{
	kthread_stop(argument);
}

/* The request comes between "shall I stop? no" and falling asleep. */
KTEST(kthread_stop_before_the_sleep_is_kept)
{
	struct sleeper sleeper;
	struct kthread *thread = start_sleeper(&sleeper, WAIT_INTERRUPTIBLE);

	struct thread *asked = kthread_thread(thread);

	thread_get(asked);
	while (!sleeper.asleep_soon)
		sched_yield();
	struct kthread *stopper = kthread_run("stopper", stop_it, thread);
	await_blocked(stopper); /* it has asked, and waits for the end */
	sleeper.let_sleep = true;
	await_blocked_or_dead(asked);
	completion_complete(&sleeper.never); /* for one that sleeps all the same */
	kthread_join(stopper);
	thread_put(asked);
	KTEST_EQUAL(sleeper.rc, -EINTR);
}

KTEST(kthread_stop_leaves_uninterruptible_waits)
{
	struct sleeper sleeper;
	struct kthread *thread = start_sleeper(&sleeper, WAIT_UNINTERRUPTIBLE);

	sleeper.let_sleep = true;
	await_blocked(thread);
	struct kthread *stopper = kthread_run("stopper", stop_it, thread);
	await_blocked(stopper);
	KTEST_CHECK(is_blocked(thread));
	completion_complete(&sleeper.never);
	kthread_join(stopper);
	KTEST_EQUAL(sleeper.rc, 0);
}

static void nap_until_stopped(void *argument)
{
	uint32_t *seed = argument;

	while (!kthread_should_stop()) {
		uint64_t length = random_below(seed, 4) * 20000;

		if (length == 0)
			sched_yield();
		else if (sleep_until(length == 20000 ? TIME_NEVER : clock_now() + length,
				     WAIT_INTERRUPTIBLE, "nap"))
			KTEST_CHECK(kthread_should_stop());
	}
}

/* Starts and stops with all kinds of distances between them. A lost stop would hang. */
KTEST(kthread_stop_races)
{
	uint32_t seed = 4711, theirs = 815;

	for (int i = 0; i < 300; i++) {
		struct kthread *thread = kthread_create("napper", nap_until_stopped, &theirs);

		kthread_start(thread);
		for (uint32_t left = random_below(&seed, 2000); left > 0; left--)
			cpu_relax();
		if (random_below(&seed, 2))
			sched_yield();
		kthread_stop(thread);
	}
}

/* ---- the rest ---- */

static void tell(void *argument)
{
	completion_complete(argument);
}

KTEST(kthread_detached_goes_by_itself)
{
	struct completion done;

	for (int i = 0; i < 50; i++) {
		completion_init(&done, "done");
		kthread_detach(kthread_run("detached", tell, &done));
		completion_wait(&done);
	}
}

struct places {
	_Atomic cpumask_t seen;
	_Atomic unsigned looks;
};

static void note_places(void *argument)
{
	struct places *places = argument;

	while (!kthread_should_stop()) {
		preempt_disable();
		places->seen |= (cpumask_t)1 << this_cpu()->id;
		preempt_enable();
		places->looks++;
		KTEST_CHECK(sleep_until(clock_now() + 20000, WAIT_INTERRUPTIBLE, "pinned") <= 0);
	}
}

static void await_looks(const struct places *places, unsigned looks)
{
	while (places->looks < looks)
		KTEST_EQUAL(sleep_until(clock_now() + NS_PER_MS, WAIT_UNINTERRUPTIBLE, "test"), 0);
}

/* Pinned before its first step, and through sleeps and wake-ups. */
KTEST(kthread_created_on_a_cpu_stays_there)
{
	struct kthread *threads[MAX_CPUS];
	static struct places places[MAX_CPUS];

	for (unsigned id = 0; id < cpu_count(); id++) {
		places[id] = (struct places){0};
		threads[id] = kthread_create_on(id, "pinned", note_places, &places[id]);
	}
	for (unsigned id = 0; id < cpu_count(); id++)
		kthread_start(threads[id]);
	for (unsigned id = 0; id < cpu_count(); id++)
		await_looks(&places[id], 50);
	for (unsigned id = 0; id < cpu_count(); id++) {
		kthread_stop(threads[id]);
		KTEST_EQUAL(places[id].seen, (cpumask_t)1 << id);
	}
}
