/* SPDX-License-Identifier: MIT */
/*
 * Clocks and sleeps: clocks that never go back, sleeps that are never short, remainders, absolute
 * times, time-outs of poll, select and futex. Sleeps may be long on a busy machine: the lower
 * bounds hold always, an upper one once in several tries.
 */
#include "check.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/times.h>

static long long ns_of(clockid_t clock)
{
	struct timespec t;

	CHECK_OK(clock_gettime(clock, &t));
	CHECK_RANGE(t.tv_nsec, 0, 999999999);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void monotonic(void)
{
	static const clockid_t clocks[] = {CLOCK_MONOTONIC,          CLOCK_REALTIME,
					   CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
					   CLOCK_BOOTTIME,           CLOCK_MONOTONIC_RAW,
					   CLOCK_MONOTONIC_COARSE,   CLOCK_REALTIME_COARSE};

	for (size_t i = 0; i < COUNT(clocks); i++) {
		long long last = ns_of(clocks[i]);

		for (int n = 0; n < 500; n++) {
			long long now = ns_of(clocks[i]);

			if (now < last)
				CHECK_RANGE(now, last, now + 1);
			last = now;
		}
	}
}

/* Seen from processes on different CPUs, too: a time taken after another is not before it. */
static void across_processes(void)
{
	volatile long long *shared = check_shared(CHECK_PAGE);
	pid_t pid = fork();

	for (int i = 0; i < 300; i++) {
		while ((shared[0] & 1) != (pid == 0))
			sched_yield();
		{
			long long now = ns_of(CLOCK_MONOTONIC);

			if (now < shared[1]) {
				CHECK_RANGE(now, shared[1], now + 1);
				break;
			}
			shared[1] = now;
		}
		shared[0]++;
	}
	if (pid == 0)
		_exit(check_failures ? 1 : 0);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

static void clocks_agree(void)
{
	struct timeval tv;
	struct timespec t;
	time_t seconds = time(NULL);

	CHECK_OK(gettimeofday(&tv, NULL));
	CHECK_OK(clock_gettime(CLOCK_REALTIME, &t));
	CHECK_RANGE(tv.tv_sec, seconds, time(NULL));
	CHECK_RANGE(t.tv_sec, tv.tv_sec, time(NULL));
	CHECK_RANGE(tv.tv_usec, 0, 999999);
	CHECK_OK(clock_getres(CLOCK_MONOTONIC, &t));
	CHECK(t.tv_sec == 0 && t.tv_nsec > 0 && t.tv_nsec <= 10000000);
	CHECK_ERRNO(clock_gettime(99, &t), EINVAL);
	CHECK_ERRNO(clock_getres(99, &t), EINVAL);
}

static void sleeps(void)
{
	static const long long lengths[] = {0, 1, 1000, 100000, 1000000, 15000000, 50000000};

	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct timespec t = {0, lengths[i]};
		long long start = ns_of(CLOCK_MONOTONIC);

		CHECK_OK(nanosleep(&t, NULL));
		CHECK_AT_LEAST(ns_of(CLOCK_MONOTONIC) - start, lengths[i]);
	}
	{
		struct timespec bad[] = {{0, 1000000000}, {0, -1}, {-1, 0}};

		for (size_t i = 0; i < COUNT(bad); i++)
			CHECK_ERRNO(nanosleep(&bad[i], NULL), EINVAL);
	}
}

/* Each of eight sleeps for a time of its own; whether they woke in that order. */
static int woke_in_order(void)
{
	enum { N = 8 };
	_Atomic int *shared = check_shared(CHECK_PAGE);
	int in_order = 1;
	int fds[2];
	char c;

	CHECK_OK(pipe(fds));
	for (int i = 0; i < N; i++)
		if (fork() == 0) {
			close(fds[1]);
			if (read(fds[0], &c, 1) != 0)
				_exit(1);
			check_sleep_ms((N - i) * 40);
			shared[1 + atomic_fetch_add(&shared[0], 1)] = i;
			_exit(0);
		}
	close(fds[0]);
	close(fds[1]);
	while (wait(NULL) > 0)
		;
	CHECK_EQ(shared[0], N);
	for (int i = 0; i < N; i++)
		in_order &= shared[1 + i] == N - 1 - i;
	munmap((void *)shared, CHECK_PAGE);
	return in_order;
}

/* Many sleepers at once wake in the order of their times. */
static void sleepers_in_order(void)
{
	CHECK_ONCE_IN(10, woke_in_order());
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
}

static void signal_self_later(void)
{
	pid_t self = getpid();

	if (fork() == 0) {
		check_await_asleep(self);
		kill(self, SIGUSR1);
		_exit(0);
	}
}

static void remainder_left(void)
{
	struct timespec t = {100000, 0}, left = {0, 0};

	check_handler(SIGUSR1, on_signal, 0);
	signal_self_later();
	CHECK_ERRNO(nanosleep(&t, &left), EINTR);
	CHECK_RANGE(left.tv_sec, 99000, 100000);
	wait(NULL);
	left.tv_sec = 0;
	signal_self_later();
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &left), EINTR);
	CHECK_RANGE(left.tv_sec, 99000, 100000);
	wait(NULL);
	/* An absolute sleep leaves no remainder behind. */
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += 100000;
	left = (struct timespec){-7, 0};
	signal_self_later();
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, &left), EINTR);
	CHECK_EQ(left.tv_sec, -7);
	wait(NULL);
}

static void absolute(void)
{
	static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_REALTIME};

	for (size_t i = 0; i < COUNT(clocks); i++) {
		long long target = ns_of(clocks[i]) + 30000000;
		struct timespec t = {target / 1000000000, target % 1000000000};

		CHECK_EQ(clock_nanosleep(clocks[i], TIMER_ABSTIME, &t, NULL), 0);
		CHECK_AT_LEAST(ns_of(clocks[i]), target);
		/* It has passed: no sleep. */
		CHECK_EQ(clock_nanosleep(clocks[i], TIMER_ABSTIME, &t, NULL), 0);
		t.tv_sec = 0;
		CHECK_EQ(clock_nanosleep(clocks[i], TIMER_ABSTIME, &t, NULL), 0);
	}
	{
		struct timespec t = {0, 1000000000};

		CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL), EINVAL);
		t.tv_nsec = 0;
		CHECK_EQ(clock_nanosleep(99, 0, &t, NULL), EINVAL);
	}
}

static void timeouts(void)
{
	struct pollfd p;
	struct timeval tv = {0, 30000};
	long long start;
	fd_set set;
	int fds[2];

	CHECK_OK(pipe(fds));
	p = (struct pollfd){fds[0], POLLIN, 0};
	start = ns_of(CLOCK_MONOTONIC);
	CHECK_EQ(poll(&p, 1, 30), 0);
	CHECK_AT_LEAST(ns_of(CLOCK_MONOTONIC) - start, 30000000);
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_EQ(poll(NULL, 0, 5), 0);
	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	start = ns_of(CLOCK_MONOTONIC);
	CHECK_EQ(select(fds[0] + 1, &set, NULL, NULL, &tv), 0);
	CHECK_AT_LEAST(ns_of(CLOCK_MONOTONIC) - start, 30000000);
	CHECK(!FD_ISSET(fds[0], &set));
	CHECK_EQ(tv.tv_sec * 1000000 + tv.tv_usec, 0);
}

static void futexes(void)
{
	struct timespec t = {0, 20000000};
	int word = 1;
	long long start = ns_of(CLOCK_MONOTONIC);

	CHECK_EQ(raw_syscall(SYS_futex, (long)&word, 128, 1, (long)&t, 0, 0), -ETIMEDOUT);
	CHECK_AT_LEAST(ns_of(CLOCK_MONOTONIC) - start, 20000000);
	CHECK_EQ(raw_syscall(SYS_futex, (long)&word, 128, 2, (long)&t, 0, 0), -EAGAIN);
	CHECK_EQ(raw_syscall(SYS_futex, (long)&word + 1, 128, 1, (long)&t, 0, 0), -EINVAL);
	CHECK_EQ(raw_syscall(SYS_futex, (long)&word, 129, 1, 0, 0, 0), 0);
	t.tv_nsec = -1;
	CHECK_EQ(raw_syscall(SYS_futex, (long)&word, 128, 1, (long)&t, 0, 0), -EINVAL);
}

/* Whether each way of sleeping for 20 ms took less than ten times as long. */
static int sleeps_in_time(void)
{
	struct timespec t = {0, 20000000};
	struct timeval tv = {0, 20000};
	int word = 1, in_time = 1;

	for (int way = 0; way < 4; way++) {
		long long start = ns_of(CLOCK_MONOTONIC);

		if (way == 0)
			CHECK_OK(nanosleep(&t, NULL));
		else if (way == 1)
			CHECK_EQ(poll(NULL, 0, 20), 0);
		else if (way == 2)
			CHECK_EQ(select(0, NULL, NULL, NULL, &tv), 0);
		else
			CHECK_EQ(raw_syscall(SYS_futex, (long)&word, 128, 1, (long)&t, 0, 0),
				 -ETIMEDOUT);
		in_time &= ns_of(CLOCK_MONOTONIC) - start < 200000000;
	}
	return in_time;
}

static void not_much_too_late(void)
{
	CHECK_ONCE_IN(50, sleeps_in_time());
}

static int sleep_uses_no_cpu_time(void)
{
	long long start = ns_of(CLOCK_PROCESS_CPUTIME_ID), used;

	check_sleep_ms(100);
	used = ns_of(CLOCK_PROCESS_CPUTIME_ID) - start;
	CHECK(used >= 0);
	return used <= 60000000;
}

/* CPU time is what was computed, not what was slept. */
static void cpu_time(void)
{
	long long start, used;
	struct tms tms;

	CHECK_ONCE_IN(10, sleep_uses_no_cpu_time());
	start = ns_of(CLOCK_PROCESS_CPUTIME_ID);
	do {
		for (volatile int i = 0; i < 10000; i++)
			;
		used = ns_of(CLOCK_PROCESS_CPUTIME_ID) - start;
	} while (used < 50000000);
	CHECK(times(&tms) > 0);
	CHECK_AT_LEAST(tms.tms_utime + tms.tms_stime, 3);
	CHECK_EQ(sysconf(_SC_CLK_TCK), 100);
}

static const struct check_case cases[] = {
	CASE(monotonic),         CASE(across_processes),  CASE(clocks_agree), CASE(sleeps),
	CASE(sleepers_in_order), CASE(remainder_left),    CASE(absolute),     CASE(timeouts),
	CASE(futexes),           CASE(not_much_too_late), CASE(cpu_time),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
