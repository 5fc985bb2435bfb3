/* SPDX-License-Identifier: MIT */
/*
 * The listing: three threads with names; each asks for the name of the current thread.
 *
 *	def show(): print("I am", threading.current_thread().name)
 *	for name in "download", "draw", "save":
 *		Thread(target=show, name=name).start()
 */
#include "demo.h"

#define THREADS 3

static const char *const names[THREADS] = {"download", "draw", "save"};
static _Atomic int right;

/* The current thread's name, as the kernel knows it too: /proc/PID/task/TID/comm. */
static void *show(void *given)
{
	char name[16], comm[16] = "", path[64];

	pthread_setname_np(pthread_self(), given);
	pthread_getname_np(pthread_self(), name, sizeof(name));
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", gettid());
	FILE *file = fopen(path, "r");
	must(file && fgets(comm, sizeof(comm), file), path);
	fclose(file);
	comm[strcspn(comm, "\n")] = '\0';
	printf("I am %s\n", name);
	right += strcmp(name, given) == 0 && strcmp(comm, given) == 0;
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS];

	demo_begin(argc, argv, NULL);
	for (int i = 0; i < THREADS; i++)
		thread[i] = start_thread(show, (void *)names[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	printf("\n%d of %d names were right, in the program and in /proc\n", right, THREADS);
	claim(right == THREADS, "a thread does not have its name");
	return verdict("each thread has its own name");
}
