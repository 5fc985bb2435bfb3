/* SPDX-License-Identifier: MIT */
/*
 * Shows that concurrency is not parallelism. The same four tasks, waiting (I/O-bound) or computing
 * (CPU-bound), one after the other, then as threads and as processes, on one CPU and on all.
 *
 * Waiting overlaps on one CPU already. Computing only takes turns there: it is faster on several
 * CPUs alone. The proof is not the time it took, which depends on what else the host does: each
 * task counts, and one that sees another's count move within 100 microseconds, far less than a turn
 * lasts, must have run beside it.
 */
#include "demo.h"

#define TASKS 4

static long loops = 500, wait_ms = 50; /* a task: computes so long, or waits so long */
static bool spread;                    /* tasks that compute go to a CPU each */

static struct shared {
	struct {
		_Alignas(64) _Atomic long count; /* each in a cache line of its own */
	} task[TASKS];
	_Atomic long waiting, together;
} * shared;

static void *wait_for_io(void *unused)
{
	for (int i = 0; i < 5; i++) {
		if (shared->waiting++ > 0)
			shared->together++;
		sleep_ms(wait_ms / 5);
		shared->waiting--;
	}
	return NULL;
}

/* The task's step: counts, so that others can see it move. */
static void step(int task, long *count)
{
	for (volatile int i = 0; i < 50; i++)
		;
	atomic_store_explicit(&shared->task[task].count, ++*count, memory_order_relaxed);
}

static void *compute(void *number)
{
	int me = (int)(intptr_t)number, other = (me + 1) % TASKS;
	long count = 0;

	if (spread)
		stay_on_cpu(cpu_number(me));
	for (long i = 0; i < loops; i++) {
		long before = now_us(), seen = shared->task[other].count;

		for (int j = 0; j < 20; j++)
			step(me, &count);
		if (shared->task[other].count != seen && now_us() - before < 100)
			shared->together++;
		for (int j = 0; j < 400; j++)
			step(me, &count);
	}
	return NULL;
}

static void run_in_turn(int count, void *(*task)(void *))
{
	for (intptr_t i = 0; i < count; i++)
		task((void *)i);
}

/* One line of the table; returns how often two tasks computed at the same moment. */
static long show(const char *what, int cpus, void *(*task)(void *))
{
	spread = false;
	long alone = timed(run_in_turn, TASKS, task);
	spread = true;
	shared->together = 0;
	long threads = timed(run_threads, TASKS, task);
	long processes = timed(run_processes, TASKS, task);
	printf("%-10s %4d %9.1f ms %9.1f ms %6.1f %9.1f ms %6.1f %9ld\n", what, cpus, alone / 1e3,
	       threads / 1e3, (double)alone / threads, processes / 1e3, (double)alone / processes,
	       shared->together);
	return shared->together;
}

int main(int argc, char **argv)
{
	cpu_set_t all;

	demo_begin(argc, argv, (struct number[]){{"LOOPS", &loops, 10, 100000}, {0}});
	loops = quick ? loops / 2 : loops;
	shared = shared_memory(sizeof(*shared));
	must(sched_getaffinity(0, sizeof(all), &all) == 0, "sched_getaffinity");
	int cpus = cpu_count();
	printf("%d tasks\n%-10s %4s %12s %12s %6s %12s %6s %9s\n", TASKS, "bound by", "CPUs",
	       "in turn", "threads", "times", "processes", "times", "together");
	stay_on_cpu(cpu_number(0));
	long waited_one = show("I/O", 1, wait_for_io);
	long together_one = show("CPU", 1, compute);
	must(sched_setaffinity(0, sizeof(all), &all) == 0, "sched_setaffinity");
	long waited_all = show("I/O", cpus, wait_for_io);
	long together_all = show("CPU", cpus, compute);
	for (int tries = 0; tries < 20 && cpus > 1 && together_all == 0; tries++)
		together_all = show("CPU again", cpus, compute); /* the host was busy */
	printf("times: how much faster than in turn; together: how often one task was seen to\n"
	       "wait, or to compute, at the very moment at which another did\n");
	claim(waited_one > 0, "waiting does not overlap on one CPU");
	claim(waited_all > 0, "waiting does not overlap on %d CPUs", cpus);
	claim(together_one == 0, "two tasks computed at once on one CPU");
	claim(cpus == 1 || together_all > 0, "no two tasks computed at once on %d CPUs", cpus);
	return verdict("waiting overlaps on one CPU, computing needs several");
}
