/* SPDX-License-Identifier: MIT */
/*
 * Shows the lost update: threads add 1 to one counter without a lock, and the interleaving that
 * lost some is caught in the act. Then the same under a spinlock, a mutex and a semaphore: right,
 * and what each costs.
 *
 * `counter = counter + 1` is three instructions: load, add, store. A thread looks at the counter
 * again just before its store: when it is not what it loaded, others ran in between, and the store
 * is about to throw away what they added.
 */
#include "demo.h"

#include <semaphore.h>

#define THREADS 3

static volatile long counter; /* protected by nothing, which is the point, or by the lock shown */
static volatile int last;     /* the thread that stored last: as unprotected */
static _Atomic bool caught;   /* the first to set it fills `lost` */
static struct {
	int loser, other;
	long loaded, found;
} lost;

static atomic_flag spin = ATOMIC_FLAG_INIT;
static pthread_mutex_t the_mutex = PTHREAD_MUTEX_INITIALIZER;
static sem_t the_semaphore;
static long rounds = 20000;

static const struct lock {
	const char *name;
	void (*take)(void), (*drop)(void);
} * lock; /* what the threads use now */

/* clang-format off */
#define LOCK(name, taking, dropping) \
	static void name##_take(void) { taking; } \
	static void name##_drop(void) { dropping; } \
	static const struct lock name = {#name, name##_take, name##_drop};

LOCK(nothing, (void)0, (void)0)
LOCK(spinlock, while (atomic_flag_test_and_set(&spin)), atomic_flag_clear(&spin))
LOCK(mutex, pthread_mutex_lock(&the_mutex), pthread_mutex_unlock(&the_mutex))
LOCK(semaphore, sem_wait(&the_semaphore), sem_post(&the_semaphore))
/* clang-format on */

static void *add(void *number)
{
	int me = (int)(intptr_t)number + 1;

	for (long i = 0; i < rounds; i++) {
		lock->take();
		long loaded = counter;      /* 1. load */
		long sum = plus(loaded, 1); /* 2. add */
		long found = counter;
		if (found != loaded && !atomic_exchange(&caught, true)) {
			lost.loser = me, lost.other = last;
			lost.loaded = loaded, lost.found = found;
		}
		counter = sum; /* 3. store */
		last = me;
		lock->drop();
	}
	return NULL;
}

/* All threads add; returns how many of their additions are missing. */
static long run(const struct lock *with, long *us)
{
	long start = clock_us(CLOCK_PROCESS_CPUTIME_ID);

	lock = with;
	counter = 0;
	run_threads(THREADS, add);
	*us = clock_us(CLOCK_PROCESS_CPUTIME_ID) - start;
	return THREADS * rounds - counter;
}

/* Adds without a lock, more each time, until it went wrong. */
static void show_race(void)
{
	long us, limit = now_us() + 5000000, missing = run(&nothing, &us);

	while (!caught && now_us() < limit) {
		rounds *= 2;
		missing = run(&nothing, &us);
	}
	printf("no lock: %d threads added %ld each: %ld of %ld additions are lost\n", THREADS,
	       rounds, missing, THREADS * rounds);
	if (!claim(caught && missing > 0, "no update was lost without a lock"))
		return;
	printf("  thread %d   load   the counter is %ld\n", lost.loser, lost.loaded);
	printf("  thread %d   add    %ld + 1\n", lost.loser, lost.loaded);
	printf("             here thread %d ran: the counter is now %ld\n", lost.other, lost.found);
	printf("  thread %d   store  %ld: what the others added since is gone\n\n", lost.loser,
	       lost.loaded + 1);
}

int main(int argc, char **argv)
{
	long us, sum = quick ? 20000 : 60000;

	demo_begin(argc, argv, (struct number[]){{"ADDITIONS", &rounds, 1000, 10000000}, {0}});
	sem_init(&the_semaphore, 0, 1);
	show_race();
	rounds = sum;
	printf("%-12s %12s %22s\n", "with", "lost", "CPU time per addition");
	const struct lock *locks[] = {&spinlock, &mutex, &semaphore};
	for (int i = 0; i < 3; i++) {
		long missing = run(locks[i], &us);

		printf("%-12s %12ld %19ld ns\n", lock->name, missing,
		       us * 1000 / (THREADS * rounds));
		claim(missing == 0, "additions were lost under the %s", lock->name);
	}
	return verdict("without a lock updates are lost, under each lock none");
}
