/* SPDX-License-Identifier: MIT */
/*
 * The listing: daemon workers end when the main thread does, wherever they are; they never print
 * their end.
 *
 *	for i in range(3):
 *		Thread(target=work, args=(i + 1,), daemon=True).start()
 *	time.sleep(1)
 *	print("main ends")
 *
 * In C every thread is a daemon when main returns: that is exit(), which ends them all. A process
 * of its own does it, so that its end can be seen from outside.
 */
#include "demo.h"

#define WORKERS 3

static long unit_ms = 1000; /* main works one unit, a worker would work ten; --quick: 300 */
static struct shared {
	_Atomic int started, ended;
} * shared;

static void *work(void *number)
{
	printf("worker %d begins\n", (int)(intptr_t)number);
	shared->started++;
	sleep_ms(10 * unit_ms);
	printf("worker %d ends\n", (int)(intptr_t)number);
	shared->ended++;
	return NULL;
}

static void *main_thread(void *unused)
{
	for (intptr_t i = 1; i <= WORKERS; i++)
		start_thread(work, (void *)i);
	while (shared->started < WORKERS)
		sleep_ms(1);
	sleep_ms(unit_ms);
	printf("main ends\n");
	exit(0);
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv, NULL);
	unit_ms = quick ? 300 : 1000;
	shared = shared_memory(sizeof(*shared));
	long start = now_us();
	waitpid(start_process(main_thread, NULL), NULL, 0);
	printf("\nthe process lasted %.1f units; of %d workers %d came to their end\n",
	       (now_us() - start) / 1000.0 / unit_ms, shared->started, shared->ended);
	claim(shared->started == WORKERS, "not all workers were started");
	claim(shared->ended == 0, "a worker came to its end");
	return verdict("daemon workers end with the main thread and never say so");
}
