/* SPDX-License-Identifier: MIT */
/*
 * 1,000 threads of one process that only compute (THREADS sets another number) share the processor
 * fairly: each gets within 5% of the mean. What is compared is processor time as the scheduler
 * counts it, in virtual time: on several emulated CPUs, which the host puts aside at will, a slice
 * is as long as the host makes it, and nothing can be said. Wants a machine of its own with one CPU
 * and short slices (tests=helper_share quantum=1): a thread has had some 40 turns in the end, and
 * may miss the last or have one more.
 */
#include "threads.h"

#define MOST 2000

static struct thread threads[MOST];
static long long used[MOST];
static _Atomic int ready, gate, begun, over;

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
		;
	long long start = own_cpu_ns();
	while (!atomic_load_explicit(&over, memory_order_relaxed))
		;
	used[(long)argument] = own_cpu_ns() - start;
}

int main(void)
{
	int n = (int)check_env("THREADS", 1000);
	long time_ms = check_env("TIME_MS", 40000);
	long long sum = 0, least, most, start;

	for (long i = 0; i < n; i++)
		thread_start(&threads[i], compute, (void *)i);
	CHECK_EQ(await_value(&ready, n), 0);
	atomic_store(&gate, 1);
	futex(&gate, FUTEX_WAKE_COUNT | FUTEX_PRIVATE, n, 0, NULL, 0);
	check_sleep_ms(1000); /* those that were woken first had the CPUs for themselves */
	atomic_store(&begun, 1);
	start = check_now_us();
	check_sleep_ms((int)time_ms);
	atomic_store(&over, 1);
	for (int i = 0; i < n; i++)
		thread_join(&threads[i]);
	start = check_now_us() - start;
	least = most = used[0];
	for (int i = 0; i < n; i++) {
		sum += used[i];
		least = used[i] < least ? used[i] : least;
		most = used[i] > most ? used[i] : most;
	}
	check_print("%d threads: %lld ms of CPU in %lld ms; mean %lld us, from %lld to %lld us", n,
		    sum / 1000000, start / 1000, sum / n / 1000, least / 1000, most / 1000);
	CHECK(least * 100 >= sum / n * 95);
	CHECK(most * 100 <= sum / n * 105);
	return check_failures ? 1 : 0;
}
