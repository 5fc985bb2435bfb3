/* SPDX-License-Identifier: MIT */
/* Threads of one process: switches, waits, beginning and end. */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

enum { STACK_SIZE = 16384 };

/* ---- yielding ---- */

static _Atomic bool stop;
static _Atomic long turns; /* yields of all threads but the first */
static _Atomic long present;

static void *yielder(void *unused)
{
	(void)unused;
	present++;
	while (!stop) {
		sched_yield();
		atomic_fetch_add_explicit(&turns, 1, memory_order_relaxed);
	}
	return NULL;
}

/* Everyone's yields count: each is a switch. */
static long call_yield(long count)
{
	long before = turns;

	for (long i = 0; i < count; i++)
		sched_yield();
	return count + turns - before;
}

/* As many threads as it takes for `count` in all; how many there are. The stacks are one mapping:
 * as many of their own would be more than some systems allow. */
static int start_yielders(int count, pthread_t *threads)
{
	pthread_attr_t attributes;
	char *stacks = mmap(NULL, (size_t)count * STACK_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int started = 0;

	if (stacks == MAP_FAILED)
		return 0;
	pthread_attr_init(&attributes);
	while (started < count) {
		pthread_attr_setstack(&attributes, stacks + (size_t)started * STACK_SIZE,
				      STACK_SIZE);
		if (pthread_create(&threads[started], &attributes, yielder, NULL))
			break;
		started++;
	}
	while (present < started)
		sched_yield();
	return started;
}

static double yield_among(int count, long yields)
{
	static pthread_t threads[8192];
	int started = start_yielders(count - 1, threads);
	double cost = NOT_HERE;

	if (started == count - 1)
		cost = measure(call_yield, yields);
	stop = true;
	while (started > 0)
		pthread_join(threads[--started], NULL);
	return cost;
}

static double run_yield(void)
{
	return yield_among(2, 1000);
}

static double run_yield_1024(void)
{
	return yield_among(1024, 8);
}

static double run_yield_8192(void)
{
	return yield_among(8192, 2);
}

/* ---- futex and semaphore: to and fro ---- */

static _Atomic int word[2];

/* Tells the other side, then waits to be told. */
static void futex_turn(int self)
{
	int other = 1 - self;

	word[other] = 1;
	syscall(SYS_futex, &word[other], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	while (!atomic_exchange(&word[self], 0))
		syscall(SYS_futex, &word[self], FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void *futex_partner(void *unused)
{
	(void)unused;
	while (!atomic_exchange(&word[1], 0))
		syscall(SYS_futex, &word[1], FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	while (!stop)
		futex_turn(1);
	return NULL;
}

static long call_futex(long count)
{
	for (long i = 0; i < count; i++)
		futex_turn(0);
	return count;
}

static double run_futex(void)
{
	pthread_t partner;

	if (pthread_create(&partner, NULL, futex_partner, NULL))
		return NOT_HERE;
	return measure(call_futex, 200);
}

static sem_t semaphores[2];

static void *semaphore_partner(void *unused)
{
	while (!sem_wait(&semaphores[1]))
		sem_post(&semaphores[0]);
	return unused;
}

static long call_semaphore(long count)
{
	for (long i = 0; i < count; i++) {
		sem_post(&semaphores[1]);
		sem_wait(&semaphores[0]);
	}
	return count;
}

static double run_semaphore(void)
{
	pthread_t partner;

	sem_init(&semaphores[0], 0, 0);
	sem_init(&semaphores[1], 0, 0);
	if (pthread_create(&partner, NULL, semaphore_partner, NULL))
		return NOT_HERE;
	return measure(call_semaphore, 200);
}

/* ---- life ---- */

static void *nothing(void *argument)
{
	return argument;
}

static long call_create_join(long count)
{
	for (long i = 0; i < count; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, nothing, NULL))
			die("pthread_create");
		pthread_join(thread, NULL);
	}
	return count;
}

static double run_create_join(void)
{
	return measure(call_create_join, 50);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static long call_mutex(long count)
{
	for (long i = 0; i < count; i++) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
	return count;
}

static double run_mutex(void)
{
	return measure(call_mutex, 1000);
}

const struct row thread_rows[] = {
	{"yield_threads", "sched_yield, 2 threads, per switch", NULL, run_yield},
	{"yield_1024", "the same with 1,024 threads", NULL, run_yield_1024},
	{"yield_8192", "the same with 8,192 threads", NULL, run_yield_8192},
	{"futex_threads", "futex round trip, 2 threads", NULL, run_futex},
	{"sem_threads", "semaphore round trip, 2 threads", NULL, run_semaphore},
	{"thread", "thread create + join", NULL, run_create_join},
	{"mutex", "mutex lock + unlock, uncontended", NULL, run_mutex},
	{0},
};
