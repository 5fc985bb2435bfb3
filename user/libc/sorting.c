/* SPDX-License-Identifier: MIT */
/* Sorting, searching and pseudo-random numbers. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/sort.h"

void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	array_sort(base, count, size, compare);
}

void *bsearch(const void *key, const void *base, size_t count, size_t size,
	      int (*compare)(const void *, const void *))
{
	return array_search(key, base, count, size, compare);
}

/* A linear congruential generator of 64 bits (Knuth's MMIX); the upper bits are the better. */
static uint64_t next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

static uint64_t state = 1;

void srand(unsigned int seed)
{
	state = seed;
}

int rand(void)
{
	return (int)next(&state);
}

int rand_r(unsigned int *seed)
{
	uint64_t wide = *seed;
	int result = (int)next(&wide);

	*seed = (unsigned int)(wide >> 32);
	return result;
}

void srandom(unsigned int seed)
{
	srand(seed);
}

long random(void)
{
	return rand();
}
