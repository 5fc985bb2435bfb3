/* SPDX-License-Identifier: MIT */
/*
 * Shows who suffers from a crash: a process that crashes harms no other process, but a thread that
 * crashes takes its whole process with it.
 *
 * Workers count in shared memory, so that one can see from outside who still runs.
 */
#include "demo.h"

static struct shared {
	_Atomic long bystander, sibling; /* counted by a process, by a thread beside the crash */
	_Atomic int stop;
} * shared;

static void *count(void *counter)
{
	while (!shared->stop) {
		atomic_fetch_add((_Atomic long *)counter, 1);
		sleep_ms(1);
	}
	return NULL;
}

static volatile uintptr_t wild = 16; /* nothing is mapped there */

static void *crash(void *unused)
{
	*(volatile int *)wild = 1;
	return NULL;
}

/* A process of three threads: main waits, one counts, one crashes. */
static void *crash_in_a_thread(void *unused)
{
	start_thread(count, &shared->sibling);
	while (shared->sibling == 0)
		sleep_ms(1);
	pthread_join(start_thread(crash, NULL), NULL);
	sleep_ms(200); /* where only the thread ended, its process goes on to here */
	return NULL;
}

/* What became of it, in words; true: it crashed. */
static bool show_end(const char *who, pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0) == pid, "waitpid");
	if (WIFSIGNALED(status))
		printf("%-30s pid %d: %s\n", who, pid, strsignal(WTERMSIG(status)));
	else
		printf("%-30s pid %d: exits with %d\n", who, pid, WEXITSTATUS(status));
	return WIFSIGNALED(status);
}

/* How far a counter moves: looks every 50 ms until it does, for so long at most. */
static long moves(_Atomic long *counter, int limit_ms)
{
	long before = *counter;

	for (int waited = 0; waited < limit_ms && *counter == before; waited += 50)
		sleep_ms(50);
	return *counter - before;
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv, NULL);
	shared = shared_memory(sizeof(*shared));
	pid_t bystander = start_process(count, &shared->bystander);

	bool crashed = show_end("a process writes to address 16", start_process(crash, NULL));
	long after = moves(&shared->bystander, 5000);
	printf("%-30s pid %d: counted on, %ld more\n\n", "the process beside it", bystander, after);
	claim(crashed, "a wild write did not end the process");
	claim(after > 0, "the process beside the crash stopped");

	crashed = show_end("a thread writes to address 16", start_process(crash_in_a_thread, NULL));
	long sibling = moves(&shared->sibling, 300);
	printf("%-30s %s, %ld more\n", "the thread beside it",
	       sibling ? "counted on" : "ended with it", sibling);
	after = moves(&shared->bystander, 5000);
	printf("%-30s pid %d: counted on, %ld more\n", "the process beside it", bystander, after);
	claim(crashed && sibling == 0, "a thread crashed and its process lived on");
	claim(after > 0, "the process beside the crash stopped");

	shared->stop = 1;
	claim(!show_end("told to stop, that one", bystander), "it crashed too");
	return verdict("a crash ends its own process, all threads of it, and no other");
}
