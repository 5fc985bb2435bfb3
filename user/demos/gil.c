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

enum instruction { ADD, SHARE, DROP, WAIT, AGAIN, END };

static const enum instruction computing[] = {ADD, ADD, ADD, AGAIN, END};
static const enum instruction waiting[] = {ADD, WAIT, AGAIN, END};
static const enum instruction sharing[] = {SHARE, DROP, AGAIN, END};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool use_lock;
static _Atomic int waiters; /* for the lock */
static const enum instruction *program;
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

static void let_others_in(void)
{
	if (waiters == 0)
		return;
	give_lock();
	sched_yield();
	take_lock();
}

/* A call, so that there is room between load and store: QEMU interrupts only at branches. */
static long __attribute__((noinline)) changed(long count, int by)
{
	__asm__ volatile("");
	return count + by;
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
	long accumulator = 0, left = repeats, executed = 0;

	take_lock();
	for (const enum instruction *next = program; *next != END; next++) {
		shared->beside += shared->inside++ > 0;
		if (*next == ADD)
			accumulator++;
		else if (*next == SHARE || *next == DROP)
			shared->references = changed(shared->references, *next == SHARE ? 1 : -1);
		else if (*next == AGAIN && --left > 0)
			next = program - 1;
		shared->inside--;
		if (next >= program && *next == WAIT)
			wait_for_io();
		if (++executed % 100 == 0)
			let_others_in();
	}
	give_lock();
	return NULL;
}

typedef void run_many(int count, void *(*run)(void *)); /* run_threads, run_processes */

/* The program `times` over, by so many; returns the microseconds. */
static long run(long times, int workers, run_many *as)
{
	long start = now_us();

	repeats = times;
	*shared = (struct shared){0};
	as(workers, interpret);
	return now_us() - start;
}

/* Runs by one and by all, the more often until `looked_for` is seen; prints a line. */
static void show(const char *what, const enum instruction *code, long times, run_many *as,
		 _Atomic long *looked_for)
{
	long limit = now_us() + 8000000, alone, all;

	program = code;
	do {
		alone = run(times, 1, as);
		all = run(times, WORKERS, as);
		times *= 2;
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
	printf("%59s %12s\n", "", "at once");
	printf("%-27s %4s %11s %11s %8s %6s %5s\n", "", "lock", "one alone", "three", "runs",
	       "waits", "refs");
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
