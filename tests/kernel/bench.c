/* SPDX-License-Identifier: MIT */
/*
 * What the kernel's own operations cost, for `make bench`, which reads the figures on the report
 * port. In a run of the tests they only show that the operations work.
 */
#include "arch/clock.h"
#include "arch/regs.h"
#include "base/ktest.h"
#include "base/printk.h"
#include "sched/sched.h"
#include "sync/kthread.h"
#include "sync/semaphore.h"

#define BATCH 500

/* In hundredths: a switch is some sixty instructions. */
static void report_cost(const char *name, uint64_t ticks, uint64_t operations)
{
	uint64_t cost = operations ? ticks * 100 / operations : 0;

	report("bench %s %lu.%02lu", name, cost / 100, cost % 100);
}

/* ---- switch ---- */

static _Atomic bool stop;
static uint64_t partner_turns; /* [on one CPU] */

static void yield_until_stopped(void *unused)
{
	while (!stop) {
		sched_yield();
		partner_turns++;
	}
}

static void measure_switch(void *unused)
{
	for (int warm_up = 0; warm_up < 2; warm_up++) {
		uint64_t before = partner_turns, start = rdtsc();

		for (int i = 0; i < BATCH; i++)
			sched_yield();
		uint64_t ticks = rdtsc() - start, turns = BATCH + partner_turns - before;
		if (warm_up == 1)
			report_cost("kernel_switch", ticks, turns);
	}
	KTEST_CHECK(partner_turns > 0);
	stop = true;
}

/* Runs both on the first CPU, the partner first. */
static void run_two(void (*partner)(void *), void (*measure)(void *), void *argument)
{
	struct kthread *first = kthread_run_on(0, "partner", partner, argument);
	struct kthread *second = kthread_run_on(0, "measure", measure, argument);

	KTEST_CHECK(first && second);
	if (second)
		kthread_join(second);
	if (first)
		kthread_join(first);
}

KTEST(bench_switch)
{
	stop = false;
	partner_turns = 0;
	run_two(yield_until_stopped, measure_switch, NULL);
}

/* ---- semaphore ---- */

struct pair {
	struct semaphore there, back;
};

static void answer(void *argument)
{
	struct pair *pair = argument;

	for (int i = 0; i < 2 * BATCH; i++) {
		semaphore_down(&pair->there);
		semaphore_up(&pair->back);
	}
}

static void measure_round_trip(void *argument)
{
	struct pair *pair = argument;

	for (int warm_up = 0; warm_up < 2; warm_up++) {
		uint64_t start = rdtsc();

		for (int i = 0; i < BATCH; i++) {
			semaphore_up(&pair->there);
			semaphore_down(&pair->back);
		}
		if (warm_up == 1)
			report_cost("kernel_sem", rdtsc() - start, BATCH);
	}
}

KTEST(bench_semaphore)
{
	struct pair pair;

	semaphore_init(&pair.there, "there", 0);
	semaphore_init(&pair.back, "back", 0);
	run_two(answer, measure_round_trip, &pair);
}

/* ---- spinlock ---- */

#define CONTEST_NS (50 * NS_PER_MS)

static struct spinlock contested = SPINLOCK_INIT("contested", RANK_FUTEX);
static uint64_t taken[MAX_CPUS]; /* [contested] by each CPU */
static unsigned contenders;      /* const while they run */
static _Atomic unsigned arrived;
static _Atomic uint64_t contest_end;

static void contend(void *argument)
{
	uint64_t *count = argument;

	if (++arrived == contenders)
		contest_end = clock_now() + CONTEST_NS;
	while (!contest_end)
		sched_yield();
	while (clock_now() < contest_end) {
		spin_lock(&contested);
		(*count)++;
		spin_unlock(&contested);
	}
}

/* So many CPUs after one lock, as often as they can; how often they all had it. */
static uint64_t contest(unsigned cpus)
{
	struct kthread *threads[MAX_CPUS];
	uint64_t total = 0;

	contenders = cpus;
	arrived = 0;
	contest_end = 0;
	for (unsigned id = 0; id < cpus; id++) {
		taken[id] = 0;
		threads[id] = kthread_run_on(id, "contend", contend, &taken[id]);
	}
	for (unsigned id = 0; id < cpus; id++) {
		kthread_join(threads[id]);
		total += taken[id];
	}
	return total;
}

/* How much longer a hand-over takes with every CPU after the lock than with one alone. */
KTEST(bench_spinlock)
{
	uint64_t alone = contest(1), all = contest(cpu_count());
	uint64_t fewest = UINT64_MAX, most = 0;

	for (unsigned id = 0; id < cpu_count(); id++) {
		fewest = MIN(taken[id], fewest);
		most = MAX(taken[id], most);
	}
	KTEST_CHECK(all > 0);
	report_cost("spin_handoff", alone, all);
	report_cost("spin_fairness", fewest, most);
}
