/* SPDX-License-Identifier: MIT */
/*
 * The load average: how many threads wanted a CPU, averaged with a decay over 1, 5 and 15 minutes,
 * sampled every 5 s. Fixed point with 11 bits of fraction, the numbers that /proc/loadavg has shown
 * since the first Unixes.
 */
#include "sched/runq.h"
#include "sched/sched.h"
#include "sched/timeout.h"

#define FIXED_ONE 2048
#define SAMPLE_NS (5 * NS_PER_SEC)

/* FIXED_ONE * exp(-5 s / period) */
static const uint64_t decay[3] = {1884, 2014, 2037};
static _Atomic uint64_t load[3]; /* written by the timeout only */
static struct timeout sampler;

void sched_cpu_counts(unsigned id, struct sched_counts *counts)
{
	struct run_queue *rq = runq_of(id);
	uint64_t flags = spin_lock_irq_save(&rq->lock);
	struct thread *idle = rq->idle;

	counts->switches = rq->switches;
	counts->runnable = runq_ready_count(rq) + (rq->running != idle);
	counts->idle_ns = idle->run_time;
	if (rq->running == idle)
		counts->idle_ns += clock_now() - idle->run_start;
	spin_unlock_irq_restore(&rq->lock, flags);
}

static unsigned count_runnable(void)
{
	unsigned sum = 0;

	for (unsigned id = 0; id < cpu_count(); id++) {
		struct run_queue *rq = runq_of(id);

		/* A sample: read without the locks. */
		sum += runq_ready_count(rq) + (rq->running != rq->idle);
	}
	return sum;
}

static void sample_load(struct timeout *timeout)
{
	uint64_t runnable = count_runnable() * FIXED_ONE;

	for (unsigned i = 0; i < 3; i++)
		load[i] = (load[i] * decay[i] + runnable * (FIXED_ONE - decay[i])) / FIXED_ONE;
	timeout_arm(timeout, timeout->deadline + SAMPLE_NS);
}

void sched_load_init(void)
{
	timeout_init(&sampler, sample_load);
	timeout_arm(&sampler, clock_now() + SAMPLE_NS);
}

uint64_t sched_load_average(unsigned index)
{
	return load[index];
}
