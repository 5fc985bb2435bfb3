/* SPDX-License-Identifier: MIT */
/*
 * Two threads add to one counter without a lock, and an addition gets lost.
 *
 * Adding is three steps: read, think, write. Each thread thinks for longer than a time slice, so
 * it is preempted (or the other runs on another CPU) in the middle: both have read 0, and the
 * second to write overwrites what the first has written. docs/stepping.md records a run and goes
 * back from the wrong result to the preemption.
 */
#include "demo.h"

#include <semaphore.h>

#define THINK_MS 15 /* a slice is 10 */
#define SPINS    5000

struct adder {
	pthread_t thread;
	long amount;
};

static volatile long counter; /* shared, and nothing guards it: that is the mistake */
static sem_t done;            /* an adder has finished */

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void think(void)
{
	long end = now_ms() + THINK_MS;

	while (now_ms() < end)
		for (volatile int i = 0; i < SPINS; i++)
			;
}

static void add(long amount)
{
	long old = counter;

	think();
	counter = old + amount;
}

static void *run(void *argument)
{
	struct adder *adder = argument;

	add(adder->amount);
	sem_post(&done);
	return NULL;
}

static void print_result(long expected)
{
	printf("counter is %ld, expected %ld: %s\n", counter, expected,
	       counter == expected ? "nothing was lost" : "an addition was lost");
}

int main(int argc, char **argv)
{
	struct adder adders[2] = {{.amount = 1}, {.amount = 10}};

	demo_begin(argc, argv, NULL);
	sem_init(&done, 0, 0);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&adders[i].thread, NULL, run, &adders[i])) {
			fprintf(stderr, "lost: cannot create a thread\n");
			return 2;
		}
	for (int i = 0; i < 2; i++)
		sem_wait(&done);
	for (int i = 0; i < 2; i++)
		pthread_join(adders[i].thread, NULL);
	print_result(11);
	return 0;
}
