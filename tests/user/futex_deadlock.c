/* SPDX-License-Identifier: MIT */
/*
 * Mutexes taken crosswise: the threads hang, and nothing else does; tests/boot/deadlock.py reads
 * what the kernel says of it. And mutexes that are busy, of which it must say nothing.
 */
#include "pthreads.h"

#include <sched.h>
#include <stdint.h>
#include <unistd.h>

#define LOCKS 3

static pthread_mutex_t locks[LOCKS] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
				       PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t all_hold_one;
static volatile int passed;
static _Atomic pid_t tids[LOCKS];

static void *take_two(void *argument)
{
	uintptr_t first = (uintptr_t)argument;

	pthread_mutex_lock(&locks[first]);
	pthread_barrier_wait(&all_hold_one);
	tids[first] = (pid_t)syscall(SYS_gettid);
	pthread_mutex_lock(&locks[(first + 1) % LOCKS]);
	passed = 1;
	return NULL;
}

static void crosswise(void)
{
	pthread_t thread;

	CHECK_EQ(pthread_barrier_init(&all_hold_one, NULL, LOCKS), 0);
	for (uintptr_t i = 0; i < LOCKS; i++)
		CHECK_EQ(pthread_create(&thread, NULL, take_two, (void *)i), 0);
	for (int i = 0; i < LOCKS; i++)
		await_asleep(&tids[i]);
	CHECK_EQ(passed, 0);
}

static void *take_upward(void *argument)
{
	for (int i = 0; i < 2000; i++) {
		int low = i % 2, high = low + 1 + i % (2 - low);

		pthread_mutex_lock(&locks[low]);
		pthread_mutex_lock(&locks[high]);
		if (i % 5 == 0)
			sched_yield();
		pthread_mutex_unlock(&locks[low]);
		pthread_mutex_unlock(&locks[high]);
	}
	return NULL;
}

static void busy(void)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, take_upward, NULL), 0);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static const struct check_case cases[] = {
	CASE(busy),
	CASE(crosswise),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
