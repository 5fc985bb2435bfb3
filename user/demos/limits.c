/* SPDX-License-Identifier: MIT */
/*
 * Shows how many threads and how many processes fit. Threads share one address space: here it may
 * grow by 64 MiB, and the size of their stacks decides how many fit into that, touched or not. A
 * process has an address space of its own: what it takes is memory, for page tables and what it
 * writes.
 */
#include "demo.h"

#include <limits.h>

#define ROOM_KB (64 * 1024)

static int wake[2]; /* a pipe: who waits at it goes on when it is closed */

static void *wait_at_pipe(void *unused)
{
	char byte;

	must(read(wake[0], &byte, 1) == 0, "read");
	return NULL;
}

/* Starts threads with such stacks until no more can be made; returns how many. A process of its own
 * does it, so that all is free again afterwards. */
static long threads_that_fit(long stack_kb)
{
	long *count = shared_memory(sizeof(*count)), size = status_of(0, "VmSize");
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) {
		struct rlimit limit = {(size + ROOM_KB) * 1024, (size + ROOM_KB) * 1024};
		pthread_attr_t attributes;
		pthread_t thread;

		pthread_attr_init(&attributes);
		must(pthread_attr_setstacksize(&attributes, stack_kb * 1024) == 0, "stack size");
		must(setrlimit(RLIMIT_AS, &limit) == 0, "setrlimit");
		while (pthread_create(&thread, &attributes, wait_at_pipe, NULL) == 0)
			++*count;
		_exit(0); /* ends them all */
	}
	waitpid(pid, NULL, 0);
	return *count;
}

/* Free memory that each of n processes takes, in KiB; all of them wait at the pipe. */
static long memory_of_a_process(long n)
{
	long before = number_in("/proc/meminfo", "MemFree"), made;

	for (made = 0; made < n; made++) {
		pid_t pid = fork();
		if (pid == 0) {
			close(wake[1]);
			wait_at_pipe(NULL);
			_exit(0);
		}
		if (!claim(pid > 0, "only %ld processes could be made", made))
			break;
	}
	sleep_ms(50);
	long each = (before - number_in("/proc/meminfo", "MemFree")) / (made ? made : 1);
	close(wake[1]);
	while (wait(NULL) > 0)
		;
	return each;
}

int main(int argc, char **argv)
{
	long stack_kb[] = {64, 256, 1024}, fit[3], processes = 200;

	demo_begin(argc, argv, (struct number[]){{"PROCESSES", &processes, 1, 10000}, {0}});
	processes = quick ? 40 : processes;
	must(pipe(wake) == 0, "pipe");
	printf("%-34s %12s %12s\n", "in 64 MiB of one address space", "stack", "threads");
	for (int i = 0; i < 3; i++) {
		fit[i] = threads_that_fit(stack_kb[i]);
		printf("%-34s %8ld KiB %12ld\n", "", stack_kb[i], fit[i]);
		claim(fit[i] * stack_kb[i] <= ROOM_KB, "the stacks are larger than the room");
	}
	claim(fit[0] > 3 * fit[1] && fit[1] > 3 * fit[2], "a stack of four times does not quarter");
	long free_kb = number_in("/proc/meminfo", "MemFree"), each = memory_of_a_process(processes);
	printf("\n%ld processes made; each takes %ld KiB of memory", processes, each);
	if (each > 0)
		printf(": about %ld would fit", free_kb / each);
	printf("\n");
	return verdict("the stack's size decides how many threads fit, memory how many processes");
}
