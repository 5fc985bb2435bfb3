/* SPDX-License-Identifier: MIT */
/*
 * What things take of memory, and how many of them there can be. Rows of Tarae only: reading
 * /proc/counts settles the kernel, so that what is free then is exact.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { SAMPLE = 64, STACK_SIZE = 16384, COUNT_MAX = 32768 };

/* The number behind `name` in a file of /proc; -1: there is none. */
static long proc_number(const char *path, const char *name)
{
	char line[128];
	long number = -1;
	FILE *file = fopen(path, "r");

	while (file && number < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			sscanf(line + strlen(name), "%*[: \t]%ld", &number);
	if (file)
		fclose(file);
	return number;
}

/* What no one uses. (frames_free of /proc/counts would not do: to it the kernel's objects are free
 * memory, too.) -1: not on this system. */
static long free_bytes(void)
{
	if (proc_number("/proc/counts", "frames_free") < 0)
		return -1;
	return proc_number("/proc/meminfo", "MemFree") * 1024;
}

/* ---- a process ---- */

/* Pages of its own, and its page tables: what is not the kernel's account of it. The one page that
 * is not its own is the program's file. */
static long own_bytes(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	long resident = proc_number(path, "VmRSS"), tables = proc_number(path, "VmPTE");
	return (resident + tables) * 1024 - PAGE;
}

static pid_t start_sleeper(const char *path)
{
	char *const argv[] = {(char *)path, "", NULL};
	pid_t pid = fork();

	if (pid == 0) {
		execve(path, argv, &argv[2]);
		_exit(1);
	}
	if (pid < 0)
		die("fork");
	return pid;
}

static void let_others_run(void)
{
	usleep(20000);
}

static double run_process_bytes(void)
{
	const char *sleeper = tiny_program(true);
	pid_t pids[SAMPLE];
	long own = 0;

	if (free_bytes() < 0)
		return NOT_HERE;
	pids[0] = start_sleeper(sleeper); /* what is made once is there then */
	let_others_run();
	long before = free_bytes();
	for (int i = 1; i < SAMPLE; i++)
		pids[i] = start_sleeper(sleeper);
	let_others_run();
	long used = before - free_bytes();
	for (int i = 1; i < SAMPLE; i++)
		own += own_bytes(pids[i]);
	return (double)(used - own) / (SAMPLE - 1);
}

/* ---- a thread ---- */

static _Atomic long present;

static void *sleeper(void *unused)
{
	present++;
	for (;;)
		pause();
	return unused;
}

static bool start_thread(char *stack)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack, STACK_SIZE);
	return pthread_create(&thread, &attributes, sleeper, NULL) == 0;
}

static char *map_stacks(long count)
{
	char *stacks = mmap(NULL, (size_t)count * STACK_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stacks == MAP_FAILED)
		die("stacks");
	return stacks;
}

static double run_thread_bytes(void)
{
	char *stacks = map_stacks(SAMPLE);

	if (free_bytes() < 0)
		return NOT_HERE;
	memset(stacks, 0, SAMPLE * STACK_SIZE); /* the program's memory, not the kernel's */
	start_thread(stacks);
	let_others_run();
	long before = free_bytes();
	for (long i = 1; i < SAMPLE; i++)
		if (!start_thread(stacks + i * STACK_SIZE))
			die("pthread_create");
	while (present < SAMPLE)
		let_others_run();
	return (double)(before - free_bytes()) / (SAMPLE - 1);
}

/* ---- how many ---- */

/* Runs `fill`, which counts in shared memory what it has made, in a child: at the end of memory the
 * kernel may refuse, or kill. */
static double count_until_full(void (*fill)(_Atomic long *count))
{
	_Atomic long *count = share(sizeof(*count));
	pid_t child;

	if (free_bytes() < 0)
		return NOT_HERE;
	child = fork();
	if (child == 0) {
		fill(count);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return (double)*count;
}

static void fill_with_threads(_Atomic long *count)
{
	char *stacks = NULL;

	for (long i = 0; i < COUNT_MAX; i++) {
		if (i % SAMPLE == 0)
			stacks = map_stacks(SAMPLE);
		if (!start_thread(stacks + i % SAMPLE * STACK_SIZE))
			break;
		while (present <= i)
			usleep(100);
		*count = present;
	}
}

static void fill_with_processes(_Atomic long *count)
{
	for (long i = 0; i < COUNT_MAX; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			(*count)++;
			for (;;)
				pause();
		}
		if (pid < 0)
			break;
		while (*count <= i)
			usleep(100);
	}
}

static double run_threads_max(void)
{
	return count_until_full(fill_with_threads);
}

static double run_processes_max(void)
{
	return count_until_full(fill_with_processes);
}

const struct row space_rows[] = {
	{"process_bytes", "kernel memory of a process and its thread", "bytes", run_process_bytes},
	{"thread_bytes", "kernel memory of a further thread", "bytes", run_thread_bytes},
	{"threads_max", "threads that fit into memory", "threads", run_threads_max},
	{"processes_max", "processes that fit into memory", "processes", run_processes_max},
	{0},
};
