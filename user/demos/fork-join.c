/* SPDX-License-Identifier: MIT */
/*
 * The listing: fork and join: split the work, compute the parts in threads, gather the results.
 *
 *	threads = [Thread(target=compute, args=(i,)) for i in range(4)]
 *	for t in threads: t.start()
 *	for t in threads: t.join()
 *	print("total", sum(results))
 */
#include "demo.h"

#define PARTS  4
#define NUMBER 1000000

static long results[PARTS]; /* each thread writes its own */

static void *compute(void *part)
{
	long i = (intptr_t)part;

	for (long n = i * NUMBER / PARTS + 1; n <= (i + 1) * NUMBER / PARTS; n++)
		results[i] += n;
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread[PARTS];
	long total = 0;

	demo_begin(argc, argv, NULL);
	for (intptr_t i = 0; i < PARTS; i++)
		thread[i] = start_thread(compute, (void *)i); /* fork */
	for (int i = 0; i < PARTS; i++)
		pthread_join(thread[i], NULL); /* join */
	for (int i = 0; i < PARTS; i++) {
		printf("part %d: %ld\n", i + 1, results[i]);
		total += results[i];
	}
	printf("total %ld\n\n", total);
	claim(total == NUMBER * (NUMBER + 1L) / 2, "the parts are not the whole");
	return verdict("split, computed by four threads, gathered: the whole is right");
}
