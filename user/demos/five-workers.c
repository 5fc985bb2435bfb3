/* SPDX-License-Identifier: MIT */
/*
 * The listing: five named workers; the main thread ends first, and the process when the last worker
 * does.
 *
 *	for i in range(5):
 *		Thread(target=work, name=f"worker {i + 1}").start()
 *	print("main ends")
 *
 * A process of its own does it, so that its end can be seen from outside.
 */
#include "demo.h"

#define WORKERS 5

static long step_ms = 200; /* worker n works n steps */
static struct shared {
	_Atomic int main_ended, ended, ended_after_main;
} * shared;

static void *work(void *number)
{
	char name[16];

	snprintf(name, sizeof(name), "worker %d", (int)(intptr_t)number);
	pthread_setname_np(pthread_self(), name);
	while (!shared->main_ended) /* which is not far, but nothing is sure */
		sleep_ms(1);
	sleep_ms(step_ms * (intptr_t)number);
	pthread_getname_np(pthread_self(), name, sizeof(name));
	printf("%s ends\n", name);
	shared->ended_after_main += shared->main_ended;
	shared->ended++;
	return NULL;
}

static void *main_thread(void *unused)
{
	for (intptr_t i = 1; i <= WORKERS; i++)
		pthread_detach(start_thread(work, (void *)i));
	printf("main ends\n");
	shared->main_ended = 1;
	pthread_exit(NULL); /* of this thread only: the process goes on */
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv, NULL);
	step_ms = quick ? 50 : 200;
	shared = shared_memory(sizeof(*shared));
	waitpid(start_process(main_thread, NULL), NULL, 0);
	printf("\nwhen the process had ended, %d workers had, %d of them after main\n",
	       shared->ended, shared->ended_after_main);
	claim(shared->ended == WORKERS, "the process did not wait for its last worker");
	claim(shared->ended_after_main == WORKERS, "main did not end first");
	return verdict("a process ends with its last thread, not with its first");
}
