/* SPDX-License-Identifier: MIT */
/*
 * Shows what a global interpreter lock does. A small interpreter runs bytecode; its lock is held
 * while it interprets, given to whoever waits for it every 100 instructions, and let go while a
 * program waits (I/O).
 * Threads that compute gain nothing, threads that wait do, processes have a lock each. With the
 * lock switched off threads run beside each other, and a shared reference count breaks.
 *
 * The proof is not the clock: counted is how often an instruction began while another thread was
 * in the middle of one, and how often a wait began while another waited. Where that is looked for,
 * the programs run longer until it has been seen: on one CPU it takes a preemption in the middle.
 */
#include "demo.h"

#define WORKERS 3

enum { ADD = '+', SHARE = 's', DROP = 'd', WAIT = 'w' }; /* the instructions, one byte each */

static const char computing[] = "+++", waiting[] = "+w", sharing[] = "sd";

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool use_lock;
static _Atomic int waiters; /* for the lock */
static const char *program;
static long repeats;
static struct shared { /* counted by all, threads and processes */
	_Atomic long inside, beside, waits, waits_beside;
	_Atomic long references; /* of an object that the threads share; changed under the lock */
} * shared;

static void take_lock(void)
{
	waiters++;
	if (use_lock)
		pthread_mutex_lock(&lock);
	waiters--;
}

static void give_lock(void)
{
	if (use_lock)
		pthread_mutex_unlock(&lock);
}

static void wait_for_io(void)
{
	give_lock();
	shared->waits_beside += shared->waits++ > 0;
	sleep_ms(5);
	shared->waits--;
	take_lock();
}

static void *interpret(void *unused)
{
	long accumulator = 0, executed = 0;

	take_lock();
	for (long i = 0; i < repeats; i++)
		for (const char *next = program; *next; next++) {
			shared->beside += shared->inside++ > 0;
			if (*next == ADD)
				accumulator++;
			else if (*next == SHARE || *next == DROP)
				shared->references =
					plus(shared->references, *next == SHARE ? 1 : -1);
			shared->inside--;
			if (*next == WAIT)
				wait_for_io();
			if (++executed % 100 == 0 && waiters > 0) {
				give_lock();
				sched_yield();
				take_lock();
			}
		}
	give_lock();
	return NULL;
}

/* Runs by one and by all, the more often until `looked_for` is seen; prints a line. */
static void show(const char *what, const char *code, long times, run_many *as,
		 _Atomic long *looked_for)
{
	long limit = now_us() + 8000000, alone, all;

	program = code;
	repeats = times;
	do {
		*shared = (struct shared){0};
		alone = timed(as, 1, interpret);
		all = timed(as, WORKERS, interpret);
		repeats *= 2;
	} while (looked_for && *looked_for == 0 && now_us() < limit);
	printf("%-27s %4s %8.1f ms %8.1f ms %8ld %6ld %5ld\n", what, use_lock ? "on" : "off",
	       alone / 1e3, all / 1e3, shared->beside, shared->waits_beside, shared->references);
}

int main(int argc, char **argv)
{
	long times = 20000;

	demo_begin(argc, argv, (struct number[]){{"TIMES", &times, 1000, 1000000}, {0}});
	times = quick ? times / 4 : times;
	shared = shared_memory(sizeof(*shared));
	printf("%59s %12s\n%-27s %4s %11s %11s %8s %6s %5s\n", "", "at once", "", "lock",
	       "one alone", "three", "runs", "waits", "refs");
	use_lock = true;
	show("threads that compute", computing, times, run_threads, NULL);
	claim(shared->beside == 0, "two threads interpreted at the same time");
	show("threads that wait", waiting, 10, run_threads, NULL);
	claim(shared->waits_beside > 0, "waiting threads did not wait together");
	show("processes that compute", computing, times, run_processes, &shared->beside);
	claim(shared->beside > 0, "processes did not run beside each other");
	show("threads that share a thing", sharing, times, run_threads, NULL);
	claim(shared->references == 0, "the reference count is wrong under the lock");
	use_lock = false;
	show("threads that compute", computing, times, run_threads, &shared->beside);
	claim(shared->beside > 0, "threads did not run beside each other without the lock");
	show("threads that share a thing", sharing, times, run_threads, &shared->references);
	claim(shared->references != 0, "the reference count did not break without the lock");
	return verdict("a global lock: no gain for computing, some for waiting, and safety");
}
