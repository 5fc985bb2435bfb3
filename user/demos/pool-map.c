/* SPDX-License-Identifier: MIT */
/*
 * The listing: a pool of four processes maps a function, the sum of i * i for i < n, over four
 * inputs and gives the results in their order.
 *
 *	with Pool(4) as pool:
 *		print(pool.map(sum_of_squares, [1_000_000] * 4))
 *
 * Then one input makes a worker crash: it is reported and replaced, and all results come.
 */
#include "demo.h"
#include "pool.h"

#define TASKS 4
#define CRASH 7 /* with this input, the first time */

static _Atomic bool *crashed; /* shared by the workers */
static volatile uintptr_t wild = 16;

static long sum_of_squares(long n)
{
	long sum = 0;

	if (n == CRASH && !atomic_exchange(crashed, true))
		*(volatile int *)wild = 1; /* nothing is mapped there */
	for (long i = 0; i < n; i++)
		sum += i * i;
	return sum;
}

int main(int argc, char **argv)
{
	long n = 1000000, result[TASKS], right = sum_of_squares(1000000);

	demo_begin(argc, argv, NULL);
	crashed = shared_memory(sizeof(*crashed));
	struct pool *pool = pool_start(4, sum_of_squares);
	pool_map(pool, (long[]){n, n, n, n}, TASKS, result);
	printf("[%ld, %ld, %ld, %ld]\n\n", result[0], result[1], result[2], result[3]);
	for (int i = 0; i < TASKS; i++)
		claim(result[i] == right && right == 333332833333500000, "result %d is wrong", i);

	pool_map(pool, (long[]){1, 2, CRASH, 3}, TASKS, result);
	printf("[%ld, %ld, %ld, %ld]\n", result[0], result[1], result[2], result[3]);
	claim(pool->replaced == 1, "%d workers were replaced", pool->replaced);
	claim(result[0] == 0 && result[1] == 1 && result[2] == 91 && result[3] == 5,
	      "results after the crash are wrong");
	pool_end(pool);
	return verdict("a pool maps in order, and outlives a worker's crash");
}
