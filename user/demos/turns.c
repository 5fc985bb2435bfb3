/* SPDX-License-Identifier: MIT */
/*
 * Shows the round robin: busy processes on one CPU, in which order they ran and how long each turn
 * lasted.
 *
 * Each process spins and looks at a word of shared memory that says who ran last. When it is not
 * itself, a turn has begun: it writes its number and the time into the log. Linux is the control:
 * its scheduler has no fixed order, nor fixed turns.
 */
#include "demo.h"

#define WORKERS_MAX 8
#define LOG_MAX     1000
#define SHOWN       24

struct turn {
	int worker;
	long start_us;
};

static struct shared {
	_Atomic int last;  /* who ran last, from 1 */
	_Atomic int count; /* turns begun */
	struct turn log[LOG_MAX];
} * shared;

/* One worker: spins until `end`, and notes the beginning of each of its turns. */
static void spin(int worker, long end)
{
	while (now_us() < end) {
		if (atomic_exchange(&shared->last, worker + 1) == worker + 1)
			continue;
		int turn = atomic_fetch_add(&shared->count, 1);
		if (turn < LOG_MAX)
			shared->log[turn] = (struct turn){worker, now_us()};
	}
}

/* The shortest turn in ms: what a full slice is, where others may have been stretched by
 * interruptions. The first round and the last are left out: workers were starting and ending. */
static double shortest_turn_ms(int workers, int count)
{
	long shortest = 0;

	for (int i = workers; i + workers < count; i++) {
		long length = shared->log[i + 1].start_us - shared->log[i].start_us;
		if (shortest == 0 || length < shortest)
			shortest = length;
	}
	return shortest / 1000.0;
}

static void show(int workers, long ms)
{
	int count = shared->count < LOG_MAX ? shared->count : LOG_MAX;

	printf("%d busy processes on one CPU for %ld ms: %d turns\norder", workers, ms, count);
	for (int i = 0; i < count && i < SHOWN; i++)
		printf(" %d", shared->log[i].worker);
	printf("%s\nshortest turn %.1f ms\n", count > SHOWN ? " ..." : "",
	       shortest_turn_ms(workers, count));
}

int main(int argc, char **argv)
{
	long workers = 4, ms = 1000;

	demo_begin(argc, argv,
		   (struct number[]){{"WORKERS", &workers, 2, WORKERS_MAX},
				     {"MILLISECONDS", &ms, 1, 60000},
				     {0}});
	if (quick)
		ms = 200;
	shared = shared_memory(sizeof(*shared));
	stay_on_cpu(cpu_number(0));
	long end = now_us() + ms * 1000;
	for (int i = 0; i < workers; i++)
		if (fork() == 0) {
			spin(i, end);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	show(workers, ms);
	return 0;
}
