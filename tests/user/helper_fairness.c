/* SPDX-License-Identifier: MIT */
/*
 * Round robin is fair: n processes that only compute, on one CPU, get equal shares within 2% over
 * ten seconds, for n = 2, 8, 64, and take their turns in one order over and over. Wants a machine
 * of its own with one CPU (tests=helper_fairness), where time is virtual and nothing else runs; on
 * Linux it binds itself to one CPU, asks for 10%, and the order, which is another scheduler's, is
 * only printed.
 *
 * TIME_MS (10000) and QUANTUM_MS (10) may be set; the time is rounded up to whole rounds of n
 * quanta, so that nobody's share depends on where in a round it ends.
 */
#include "check.h"

#include <stdatomic.h>

#define MAX_N   64
#define LOG_MAX 4096

static struct shared {
	_Atomic int ready;
	/* [atomic] 1 + the process that ran last */
	_Atomic int last;
	/* [atomic] entries in log: whose turn began */
	_Atomic int turns;
	unsigned char log[LOG_MAX];
	/* written by each at its end */
	long long used_ns[MAX_N];
	volatile long long end_us;
	/* const while they compete: how many there are */
	int count;
	/* [atomic] set when time is up and a round complete */
	_Atomic int stop;
} * shared;

static long long cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* The competition ends with a whole round, the first that is complete when time is up: a turn more
 * or less is 6% of the share of one process in 64. */
static void begin_turn(int who)
{
	int n;

	atomic_store(&shared->last, who + 1);
	n = atomic_fetch_add(&shared->turns, 1);
	if (n < LOG_MAX)
		shared->log[n] = who;
	if (n % shared->count == 0 && check_now_us() >= shared->end_us)
		atomic_store(&shared->stop, 1);
}

/*
 * Computes for some microseconds. Under instruction counting virtual time is a number of
 * instructions, and the emulator runs those in long straight blocks many times faster than loops.
 */
static void compute(void)
{
	for (int i = 0; i < 10; i++)
		__asm__ volatile(".rept 400\n\tnop\n\t.endr");
}

/* One process: waits at the gate, computes until the end, and notes each turn that it begins. */
static void compete(int who, int gate)
{
	long long start;
	char c;

	atomic_fetch_add(&shared->ready, 1);
	if (read(gate, &c, 1) != 0)
		_exit(1);
	start = cpu_ns();
	while (!atomic_load_explicit(&shared->stop, memory_order_relaxed)) {
		compute();
		if (atomic_load_explicit(&shared->last, memory_order_relaxed) != who + 1)
			begin_turn(who);
	}
	shared->used_ns[who] = cpu_ns() - start;
	_exit(0);
}

/* How many of the turns, after the first round, are not what they were one round before. */
static int irregular(int n)
{
	int turns = shared->turns < LOG_MAX ? shared->turns : LOG_MAX, count = 0;

	/* The last round is cut off by the end. */
	for (int i = 2 * n; i < turns - n; i++)
		count += shared->log[i] != shared->log[i - n];
	return count;
}

static void print_order(int n)
{
	char line[300];
	int at = 0, turns = shared->turns < 2 * n ? (int)shared->turns : 2 * n;

	for (int i = n; i < turns && i < n + 64 && at < 280; i++)
		at += snprintf(line + at, sizeof(line) - at, " %d", shared->log[i]);
	check_print("order of the second round:%s", line);
}

static void judge(int n, long long wall_ns)
{
	long long sum = 0, least = shared->used_ns[0], most = least;
	int tolerance = on_tarae() ? 2 : 10, wrong = irregular(n);

	for (int i = 0; i < n; i++) {
		sum += shared->used_ns[i];
		least = shared->used_ns[i] < least ? shared->used_ns[i] : least;
		most = shared->used_ns[i] > most ? shared->used_ns[i] : most;
	}
	check_print(
		"n=%d: %lld ms of CPU in %lld ms, shares %lld to %lld us, mean %lld us, %d turns,"
		" %d out of turn",
		n, sum / 1000000, wall_ns / 1000000, least / 1000, most / 1000, sum / n / 1000,
		(int)shared->turns, wrong);
	print_order(n);
	CHECK(least * 100 >= sum / n * (100 - tolerance));
	CHECK(most * 100 <= sum / n * (100 + tolerance));
	if (on_tarae()) {
		CHECK_RANGE(sum, wall_ns / 100 * 95, wall_ns / 100 * 101);
		CHECK_EQ(wrong, 0);
		CHECK(shared->turns >= 3 * n);
	}
}

static void fairness(int n)
{
	long time_ms = check_env("TIME_MS", 10000);
	long long start;
	int gate[2];

	shared = check_shared(sizeof(*shared));
	shared->count = n;
	CHECK_OK(pipe(gate));
	for (int i = 0; i < n; i++)
		if (fork() == 0) {
			close(gate[1]);
			compete(i, gate[0]);
		}
	for (int i = 0; i < 5000 && shared->ready < n; i++)
		check_sleep_ms(1);
	check_sleep_ms(5);
	CHECK_EQ(shared->ready, n);
	start = check_now_us();
	shared->end_us = start + time_ms * 1000;
	close(gate[1]);
	for (int i = 0; i < n; i++) {
		int status;

		CHECK(wait(&status) > 0);
		CHECK_EXITED(status, 0);
	}
	close(gate[0]);
	judge(n, (check_now_us() - start) * 1000);
	munmap(shared, sizeof(*shared));
}

int main(void)
{
	static const int counts[] = {2, 8, 64};
	unsigned long mask = 1;

	/* Where there are more CPUs, all of this belongs on the first. */
	raw_syscall(SYS_sched_setaffinity, 0, sizeof(mask), (long)&mask, 0, 0, 0);
	for (size_t i = 0; i < COUNT(counts); i++)
		fairness(counts[i]);
	check_print("fairness: %s", check_failures ? "failed" : "passed");
	return check_failures ? 1 : 0;
}
