/* SPDX-License-Identifier: MIT */
/*
 * Threads of one process that only compute share the processors fairly, each within 5% of the mean:
 * 5, 9 and 1,000 of them (THREADS sets another number). The first two are one more than four CPUs
 * have room for in a turn, or in two: the one too many goes round (balance.c), else the two that
 * share a CPU for ever would get half of what the others do.
 *
 * What is compared is processor time as the scheduler counts it, in virtual time: on emulated CPUs
 * that run side by side, which the host puts aside at will, a slice is as long as the host makes
 * it, and nothing can be said. Wants a machine of its own with short slices and instructions
 * counted (tests=helper_share quantum=1), so that a thread has some 60 turns and may have two less
 * or more at the ends.
 */
#include "threads.h"

#define MOST  2000
#define TURNS 60 /* of 1 ms each */

static struct thread threads[MOST];
static long long used[MOST];
static _Atomic int ready, gate, begun, over;

/*
 * Computes for some microseconds, in a straight block, which the emulator runs faster than loops.
 * CPUs whose instructions are counted take turns on one thread of the host; PAUSE ends a turn.
 * Without it one CPU goes on until the next timer is due, and the others' slices end so much late.
 */
static void compute_a_little(void)
{
	__asm__ volatile(".rept 4000\n\tnop\n\t.endr\n\tpause");
}

static long long own_cpu_ns(void)
{
	struct timespec t;

	raw_syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, (long)&t, 0, 0, 0, 0);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void compute(void *argument)
{
	atomic_fetch_add(&ready, 1);
	while (!atomic_load(&gate))
		futex(&gate, FUTEX_WAIT_OP | FUTEX_PRIVATE, 0, 0, NULL, 0);
	while (!atomic_load_explicit(&begun, memory_order_relaxed))
		compute_a_little();
	long long start = own_cpu_ns();
	while (!atomic_load_explicit(&over, memory_order_relaxed))
		compute_a_little();
	used[(long)argument] = own_cpu_ns() - start;
}

static void start_at_once(int n)
{
	atomic_store(&ready, 0);
	atomic_store(&gate, 0);
	atomic_store(&begun, 0);
	atomic_store(&over, 0);
	for (long i = 0; i < n; i++)
		thread_start(&threads[i], compute, (void *)i);
	CHECK_EQ(await_value(&ready, n), 0);
	atomic_store(&gate, 1);
	futex(&gate, FUTEX_WAKE_COUNT | FUTEX_PRIVATE, n, 0, NULL, 0);
	check_sleep_ms(1000); /* those that were woken first had the CPUs for themselves */
	atomic_store(&begun, 1);
}

static void judge(int n, long long wall_us)
{
	long long sum = 0, least = used[0], most = used[0];

	for (int i = 0; i < n; i++) {
		sum += used[i];
		least = used[i] < least ? used[i] : least;
		most = used[i] > most ? used[i] : most;
	}
	check_print("%d threads: %lld ms of CPU in %lld ms; mean %lld us, from %lld to %lld us", n,
		    sum / 1000000, wall_us / 1000, sum / n / 1000, least / 1000, most / 1000);
	CHECK(least * 100 >= sum / n * 95);
	CHECK(most * 100 <= sum / n * 105);
}

static void share(int n)
{
	cpu_set_t cpus;
	long time_ms;
	long long start;

	CHECK_OK(sched_getaffinity(0, sizeof(cpus), &cpus));
	time_ms = (long)n * TURNS / CPU_COUNT(&cpus);
	start_at_once(n);
	start = check_now_us();
	check_sleep_ms(time_ms < 2000 ? 2000 : (int)time_ms);
	atomic_store(&over, 1);
	for (int i = 0; i < n; i++)
		thread_join(&threads[i]);
	judge(n, check_now_us() - start);
}

int main(void)
{
	static const int counts[] = {5, 9, 1000};
	int n = (int)check_env("THREADS", 0);

	if (n)
		share(n);
	for (size_t i = 0; !n && i < COUNT(counts); i++)
		share(counts[i]);
	return check_failures ? 1 : 0;
}
