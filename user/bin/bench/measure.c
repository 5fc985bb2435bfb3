/* SPDX-License-Identifier: MIT */
/* Clocks, and how a figure is made from them. */
#include <stdlib.h>
#include <time.h>

#include "bench.h"

enum { BATCHES = 7, LOOP_PASSES = 100000, LOOP_INSTRUCTIONS = 2 };

bool wall_clock;

uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t ticks(void)
{
	return wall_clock ? nanoseconds() : __builtin_ia32_rdtsc();
}

void __attribute__((noinline)) profile_mark(void)
{
	__asm__ volatile("" ::: "memory");
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median: on a system with a periodic tick some batches have one more of them than others. */
double measure(body_function *body, long count)
{
	double cost[BATCHES];

	body(count);
	for (int i = 0; i < BATCHES; i++) {
		if (i == BATCHES / 2)
			profile_mark();
		uint64_t start = ticks();
		long done = body(count);
		cost[i] = (double)(ticks() - start) / (double)done;
		if (i == BATCHES / 2)
			profile_mark();
	}
	qsort(cost, BATCHES, sizeof(cost[0]), by_size);
	return cost[BATCHES / 2];
}

double ticks_per_instruction(void)
{
	uint64_t start = __builtin_ia32_rdtsc();
	long passes = LOOP_PASSES;

	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(passes)::"cc");
	return (double)(__builtin_ia32_rdtsc() - start) / (LOOP_PASSES * LOOP_INSTRUCTIONS);
}
