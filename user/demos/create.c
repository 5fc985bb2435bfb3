/* SPDX-License-Identifier: MIT */
/*
 * Shows what it costs to make something that runs, and to end it: a thread, a process by fork, and
 * a process that then executes a program; in time, and in memory while it is alive.
 *
 * Each is done in batches and the fastest batch counts: what else the machine does only adds.
 */
#include "demo.h"

static void *do_nothing(void *unused)
{
	return NULL;
}

static void make_thread(char *self)
{
	pthread_join(start_thread(do_nothing, NULL), NULL);
}

static void make_process(char *self)
{
	waitpid(start_process(do_nothing, NULL), NULL, 0);
}

static void make_program(char *self)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) {
		execv("/proc/self/exe", (char *[]){self, "nothing", NULL});
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

/* Cycles for one, in the fastest of the batches and of those before. */
static uint64_t cost(void (*make)(char *), char *self, uint64_t best)
{
	int batches = quick ? 8 : 30, size = 10;

	for (int batch = 0; batch < batches; batch++) {
		uint64_t start = cycles();
		for (int i = 0; i < size; i++)
			make(self);
		uint64_t spent = (cycles() - start) / size;
		if (spent < best)
			best = spent;
	}
	return best;
}

static int pause_pipe[2];

/* Lives until the pipe is closed. */
static void *live(void *unused)
{
	char byte;

	must(read(pause_pipe[0], &byte, 1) <= 1, "read");
	return NULL;
}

static long thread_memory(void)
{
	long before = memory_kb(0);

	pthread_t thread = start_thread(live, NULL);
	sleep_ms(20);
	long more = memory_kb(0) - before;
	must(write(pause_pipe[1], "x", 1) == 1, "write");
	pthread_join(thread, NULL);
	return more;
}

static long process_memory(void)
{
	pid_t pid = start_process(live, NULL);

	sleep_ms(20);
	long memory = memory_kb(pid);
	must(write(pause_pipe[1], "x", 1) == 1, "write");
	waitpid(pid, NULL, 0);
	return memory;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "nothing") == 0)
		return 0;
	demo_begin(argc, argv, NULL);
	stay_on_cpu(cpu_number(0)); /* the work alone, not where it was placed */
	must(pipe(pause_pipe) == 0, "pipe");
	long thread_kb = thread_memory(), process_kb = process_memory();
	uint64_t thread = UINT64_MAX, process = UINT64_MAX, program = UINT64_MAX;
	/* Once will do, if the machine has not all too much else to do. */
	for (int tries = 0; tries < 20 && !(2 * thread < process && process < program); tries++) {
		thread = cost(make_thread, argv[0], thread);
		process = cost(make_process, argv[0], process);
		program = cost(make_program, argv[0], program);
	}

	printf("%-34s %12s %10s %9s\n", "make and end", "cycles", "x thread", "memory");
	printf("%-34s %12lu %10.1f %5ld KiB\n", "a thread: pthread_create, join", thread, 1.0,
	       thread_kb);
	printf("%-34s %12lu %10.1f %5ld KiB\n", "a process: fork, exit, wait", process,
	       (double)process / thread, process_kb);
	printf("%-34s %12lu %10.1f\n", "a program: fork, exec, exit, wait", program,
	       (double)program / thread);
	claim(2 * thread < process, "a thread costs half as much time as a process, or more");
	claim(process < program, "exec costs nothing");
	claim(thread_kb < process_kb, "a thread takes as much memory as a process");
	return verdict("a thread is cheaper than a process, that is cheaper than a program");
}
