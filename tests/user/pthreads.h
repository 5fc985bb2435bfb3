/* SPDX-License-Identifier: MIT */
/* What the tests of threads share: starting and joining several, deadlines, chance. */
#ifndef TESTS_USER_PTHREADS_H
#define TESTS_USER_PTHREADS_H

#include "check.h"

#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define THREADS_MAX 64

/* Runs fn(0) ... fn(n - 1) on a thread each, and waits until all have ended. */
UNUSED static void threads_run(int n, void *(*fn)(void *))
{
	pthread_t threads[THREADS_MAX];

	for (long i = 0; i < n; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, fn, (void *)i), 0);
	for (int i = 0; i < n; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

UNUSED static pthread_t thread_start(void *(*fn)(void *), void *argument)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, fn, argument);

	if (error) {
		check_print("pthread_create: error %d", error);
		_exit(98);
	}
	return thread;
}

UNUSED static void *thread_join(pthread_t thread)
{
	void *result = NULL;

	CHECK_EQ(pthread_join(thread, &result), 0);
	return result;
}

/* The point in time that many milliseconds from now; negative: ago. */
UNUSED static struct timespec deadline_ms(clockid_t clock, long ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	if (t.tv_nsec < 0) {
		t.tv_sec--;
		t.tv_nsec += 1000000000;
	}
	return t;
}

UNUSED static int cpu_count(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

/*
 * How often, where each round interrupts another CPU: a wake-up there, or memory taken away. For an
 * emulator on a busy host that means to wait until the host runs that CPU's thread.
 */
UNUSED static long rounds_for_cpus(long on_one)
{
	int cpus = cpu_count();

	return check_env("ROUNDS", on_one / (cpus * cpus));
}

/* xorshift: a thread keeps its own state. */
UNUSED static unsigned chance(unsigned *state, unsigned below)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % below;
}

/* Until another thread has made it true; fails after ten seconds, stretched. */
#define AWAIT(condition)                                                        \
	do {                                                                    \
		long long await_end = check_now_us() + check_limit(10000000);   \
		while (!(condition) && check_now_us() < await_end)              \
			check_sleep_ms(1);                                      \
		if (!(condition))                                               \
			check_fail(__FILE__, __LINE__, "never %s", #condition); \
	} while (0)

/* The state letter of a thread of this process: 'S' asleep. */
UNUSED static int thread_state(pid_t tid)
{
	char path[64], text[256], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = 0;
	p = strrchr(text, ')');
	return p && p[1] == ' ' ? p[2] : 0;
}

/* Asleep for good: seen so several times, a little apart, not just between two steps. */
UNUSED static int stays_asleep(pid_t tid)
{
	for (int i = 0; i < CHECK_LOOKS; i++) {
		if (thread_state(tid) != 'S')
			return 0;
		check_sleep_ms(1);
	}
	return 1;
}

/* A thread puts its number here before it blocks; await_asleep() returns once it sleeps for good.
 */
UNUSED static void await_asleep(_Atomic pid_t *tid)
{
	AWAIT(*tid != 0);
	AWAIT(stays_asleep(*tid));
}

/* ---- Between two instructions ---- */

#define TRAP_FLAG 0x100L

static int (*step_there)(void);
static void (*step_then)(void);

UNUSED static void handle_step(int sig, siginfo_t *info, void *context)
{
	ucontext_t *interrupted = context;

	if (!step_there())
		return;
	interrupted->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
	step_then();
}

/* From now on the calling thread goes instruction by instruction, until after one of them there()
 * is true: then() is called between that and the next, and it goes on as usual. */
UNUSED static void step_until(int (*there)(void), void (*then)(void))
{
	step_there = there;
	step_then = then;
	check_handler(SIGTRAP, handle_step, 0);
	__builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() | TRAP_FLAG);
}

#endif
