/* SPDX-License-Identifier: MIT */
/*
 * What the scheduler's own records say: that threads ran at the same time on different CPUs, and
 * that a switch and a wake-up cost the same with two threads and with eight thousand.
 */
#include "arch/regs.h"
#include "base/printk.h"
#include "sched/runq.h"
#include "sync/semaphore.h"
#include "tests/kernel/sync_help.h"

/* ---- parallelism ---- */

static void compute_until_stopped(void *unused)
{
	while (!kthread_should_stop())
		cpu_relax();
}

/* Locks every run queue, in the order of CPUs: nobody switches. */
static uint64_t lock_all(void)
{
	uint64_t flags = irq_save();

	for (unsigned id = 0; id < cpu_count(); id++)
		spin_lock_nested(&runq_of(id)->lock);
	return flags;
}

static void unlock_all(uint64_t flags)
{
	for (unsigned id = cpu_count(); id-- > 0;)
		spin_unlock(&runq_of(id)->lock);
	irq_restore(flags);
	sched_preempt_check();
}

static bool is_running_somewhere(const struct thread *thread)
{
	for (unsigned id = 0; id < cpu_count(); id++)
		if (runq_of(id)->running == thread)
			return thread->state == THREAD_RUNNING && thread->cpu == id;
	return false;
}

/* One look, under all locks: we and the others are RUNNING, each on a CPU of its own. */
static bool all_are_running(struct kthread *others[], unsigned count)
{
	uint64_t flags = lock_all();
	bool running = is_running_somewhere(current);

	for (unsigned i = 0; i < count; i++)
		running = running && is_running_somewhere(kthread_thread(others[i]));
	unlock_all(flags);
	return running;
}

KTEST(threads_run_at_the_same_time_on_different_cpus)
{
	struct kthread *others[MAX_CPUS];
	unsigned count = cpu_count() - 1;
	uint64_t limit = clock_now() + 60 * NS_PER_SEC;

	for (unsigned i = 0; i < count; i++)
		others[i] = kthread_run("computes", compute_until_stopped, NULL);
	while (!all_are_running(others, count) && clock_now() < limit)
		cpu_relax();
	KTEST_CHECK(all_are_running(others, count) || clock_now() < limit);
	for (unsigned i = 0; i < count; i++)
		kthread_stop(others[i]);
}

/* ---- cost by the number of threads ---- */

#define MANY       8192
#define OPERATIONS 16384

static struct kthread *crowd[MANY];
static unsigned crowd_size;

static void grow_crowd(unsigned size, void (*entry)(void *), void *argument)
{
	for (; crowd_size < size; crowd_size++) {
		crowd[crowd_size] = kthread_run("crowd", entry, argument);
		KTEST_CHECK(crowd[crowd_size] != NULL);
		if (!crowd[crowd_size])
			return;
	}
}

/* Tells all at once: stopped one by one, each end would take a turn of all others. */
static _Atomic bool crowd_goes_home;

static void stop_crowd(void)
{
	crowd_goes_home = true;
	for (; crowd_size > 0; crowd_size--)
		kthread_stop(crowd[crowd_size - 1]);
	crowd_goes_home = false;
}

static const unsigned sizes[] = {2, 16, 128, 1024, MANY};

/* Within 10%, where time is the number of instructions: on one CPU. */
static void check_flat(const uint64_t costs[ARRAY_SIZE(sizes)])
{
	uint64_t least = UINT64_MAX, most = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		printk("  %u threads: %lu.%02lu ticks\n", sizes[i], costs[i] / 100, costs[i] % 100);
		least = MIN(least, costs[i]);
		most = MAX(most, costs[i]);
	}
	KTEST_CHECK(most * 10 <= least * 11);
}

static void yield_until_stopped(void *unused)
{
	while (!crowd_goes_home)
		sched_yield();
}

/* In hundredths of a tick: our yields until everyone has had so many turns. */
static uint64_t cost_of_switch(unsigned threads)
{
	unsigned turns = OPERATIONS / threads;
	struct sched_counts before, after;

	sched_yield();
	sched_cpu_counts(0, &before);
	uint64_t start = rdtsc();
	for (unsigned i = 0; i < turns; i++)
		sched_yield();
	uint64_t ticks = rdtsc() - start;
	sched_cpu_counts(0, &after);
	return ticks * 100 / (after.switches - before.switches);
}

KTEST(switch_costs_the_same_with_many_threads)
{
	uint64_t costs[ARRAY_SIZE(sizes)];

	if (cpu_count() > 1)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		grow_crowd(sizes[i] - 1, yield_until_stopped, NULL); /* and we */
		costs[i] = cost_of_switch(sizes[i]);
	}
	stop_crowd();
	check_flat(costs);
}

static struct semaphore queue, answer;

static void answer_until_stopped(void *unused)
{
	while (!semaphore_down_wait(&queue, WAIT_INTERRUPTIBLE, TIME_NEVER))
		semaphore_up(&answer);
}

/* The first of all that wait is woken, runs, answers, and waits again behind all others. */
static uint64_t cost_of_wake_up(void)
{
	uint64_t start = rdtsc();

	for (unsigned i = 0; i < OPERATIONS; i++) {
		semaphore_up(&queue);
		semaphore_down(&answer);
	}
	return (rdtsc() - start) * 100 / OPERATIONS;
}

KTEST(wake_up_costs_the_same_with_many_threads)
{
	uint64_t costs[ARRAY_SIZE(sizes)];

	if (cpu_count() > 1)
		return;
	semaphore_init(&queue, "queue", 0);
	semaphore_init(&answer, "answer", 0);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		grow_crowd(sizes[i] - 1, answer_until_stopped, NULL);
		await_blocked(crowd[crowd_size - 1]);
		costs[i] = cost_of_wake_up();
	}
	stop_crowd();
	check_flat(costs);
}
