/* SPDX-License-Identifier: MIT */
/*
 * The listing: two threads sleep two seconds each, and are joined: two seconds in all, not four.
 *
 *	for t in threads: t.start()
 *	for t in threads: t.join()
 */
#include "demo.h"

static long sleep_time = 2000; /* ms; --quick: 1000 */
static struct {
	const char *name;
	long began, ended;
} sleepers[2] = {{"first", 0, 0}, {"second", 0, 0}};

static void *sleeper(void *number)
{
	int me = (int)(intptr_t)number;

	printf("%s sleeps\n", sleepers[me].name);
	sleepers[me].began = now_us();
	sleep_ms(sleep_time);
	sleepers[me].ended = now_us();
	printf("%s wakes\n", sleepers[me].name);
	return NULL;
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv, NULL);
	sleep_time = quick ? 1000 : 2000;
	long start = now_us();
	pthread_t first = start_thread(sleeper, (void *)0),
		  second = start_thread(sleeper, (void *)1);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	double ms = (now_us() - start) / 1000.0;

	printf("both are joined\n\n");
	printf("it took %.0f ms, %.1f times one sleep\n", ms, ms / sleep_time);
	claim(ms >= sleep_time, "a sleep was shorter than it should be");
	claim(sleepers[1].began < sleepers[0].ended && sleepers[0].began < sleepers[1].ended,
	      "one slept when the other had woken up");
	return verdict("two sleeps at the same time take the time of one");
}
