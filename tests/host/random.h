/* SPDX-License-Identifier: MIT */
/*
 * Numbers for the fuzzing loops of tests: the same every time, unless SEED is in the environment.
 */
#ifndef TESTS_HOST_RANDOM_H
#define TESTS_HOST_RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t random_state;

__attribute__((unused)) static void random_start(void)
{
	const char *seed = getenv("SEED");

	random_state = seed && *seed ? strtoull(seed, NULL, 0) : 1;
	printf("SEED=%llu\n", (unsigned long long)random_state);
}

/* 64 random bits: splitmix64. */
__attribute__((unused)) static uint64_t random_bits(void)
{
	uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* At least 0 and less than `limit`. */
__attribute__((unused)) static unsigned int random_below(unsigned int limit)
{
	return (unsigned int)(random_bits() % limit);
}

#endif
