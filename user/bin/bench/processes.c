/* SPDX-License-Identifier: MIT */
/* Processes: switches, waits, pipes, beginning and end. */
#include <linux/futex.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* Runs `partner` in a child for as long as measuring `body` takes. */
static double measure_with(void (*partner)(void), body_function *body, long count)
{
	pid_t child = fork();

	if (child == 0) {
		partner();
		_exit(0);
	}
	if (child < 0)
		return NOT_HERE;
	double cost = measure(body, count);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return cost;
}

/* ---- yielding ---- */

static _Atomic long *turns;

static void yielder(void)
{
	for (;;) {
		sched_yield();
		atomic_fetch_add_explicit(turns, 1, memory_order_relaxed);
	}
}

static long call_yield(long count)
{
	long before = *turns;

	for (long i = 0; i < count; i++)
		sched_yield();
	return count + *turns - before;
}

static double run_yield(void)
{
	turns = share(sizeof(*turns));
	return measure_with(yielder, call_yield, 1000);
}

/* ---- futex and semaphore: to and fro ---- */

static _Atomic int *word;

static void futex_turn(int self)
{
	int other = 1 - self;

	word[other] = 1;
	syscall(SYS_futex, &word[other], FUTEX_WAKE, 1, NULL, NULL, 0);
	while (!atomic_exchange(&word[self], 0))
		syscall(SYS_futex, &word[self], FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void futex_partner(void)
{
	while (!atomic_exchange(&word[1], 0))
		syscall(SYS_futex, &word[1], FUTEX_WAIT, 0, NULL, NULL, 0);
	for (;;)
		futex_turn(1);
}

static long call_futex(long count)
{
	for (long i = 0; i < count; i++)
		futex_turn(0);
	return count;
}

static double run_futex(void)
{
	word = share(2 * sizeof(*word));
	return measure_with(futex_partner, call_futex, 200);
}

static sem_t *semaphores;

static void semaphore_partner(void)
{
	for (;;) {
		sem_wait(&semaphores[1]);
		sem_post(&semaphores[0]);
	}
}

static long call_semaphore(long count)
{
	for (long i = 0; i < count; i++) {
		sem_post(&semaphores[1]);
		sem_wait(&semaphores[0]);
	}
	return count;
}

static double run_semaphore(void)
{
	semaphores = share(2 * sizeof(*semaphores));
	sem_init(&semaphores[0], 1, 0);
	sem_init(&semaphores[1], 1, 0);
	return measure_with(semaphore_partner, call_semaphore, 200);
}

/* ---- pipes ---- */

static int there[2], back[2];

static void pipe_partner(void)
{
	char byte;

	while (read(there[0], &byte, 1) == 1)
		if (write(back[1], &byte, 1) != 1)
			break;
}

static long call_pipe(long count)
{
	char byte = 0;

	for (long i = 0; i < count; i++)
		if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
			die("pipe");
	return count;
}

static double run_pipe(void)
{
	if (pipe(there) || pipe(back))
		die("pipe");
	return measure_with(pipe_partner, call_pipe, 200);
}

enum { CHUNK = 65536 };
static char chunk[CHUNK];

static void pipe_writer(void)
{
	memset(chunk, 1, sizeof(chunk));
	while (write(there[1], chunk, sizeof(chunk)) > 0)
		;
}

static long call_pipe_stream(long mebibytes)
{
	for (long left = mebibytes * MIB; left > 0;) {
		ssize_t got = read(there[0], chunk, left < CHUNK ? (size_t)left : CHUNK);

		if (got <= 0)
			die("pipe");
		left -= got;
	}
	return mebibytes;
}

static double run_pipe_stream(void)
{
	if (pipe(there))
		die("pipe");
	return measure_with(pipe_writer, call_pipe_stream, 4);
}

/* ---- life ---- */

static long call_fork_exit(long count)
{
	for (long i = 0; i < count; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		if (!child_succeeded(child))
			die("fork");
	}
	return count;
}

static double run_fork_exit(void)
{
	return measure(call_fork_exit, 20);
}

enum { EXECS_MAX = 32 };
static const char *tiny;

/* A child that executes the tiny program, which then executes itself `again` times. */
static void run_tiny(int again)
{
	static const char marks[] = "................................";
	char *const argv[] = {(char *)tiny, (char *)marks + EXECS_MAX - again, NULL};
	pid_t child = fork();

	if (child == 0) {
		execve(tiny, argv, &argv[2]);
		_exit(1);
	}
	if (!child_succeeded(child))
		die(tiny);
}

static long call_fork_exec(long count)
{
	for (long i = 0; i < count; i++)
		run_tiny(0);
	return count;
}

static double run_fork_exec(void)
{
	tiny = tiny_program(false);
	return measure(call_fork_exec, 20);
}

static long call_exec_chain(long again)
{
	run_tiny((int)again);
	return 1;
}

/* What 32 more of them add. */
static double run_exec(void)
{
	tiny = tiny_program(false);
	double once = measure(call_exec_chain, 0);
	return (measure(call_exec_chain, EXECS_MAX) - once) / EXECS_MAX;
}

const struct row process_rows[] = {
	{"yield_processes", "sched_yield, 2 processes, per switch", NULL, run_yield},
	{"futex_processes", "futex round trip, 2 processes", NULL, run_futex},
	{"sem_processes", "semaphore round trip, 2 processes", NULL, run_semaphore},
	{"pipe", "pipe round trip, 1 byte, 2 processes", NULL, run_pipe},
	{"pipe_mib", "pipe, per MiB in 64 KiB writes", NULL, run_pipe_stream},
	{"fork_exit", "fork + exit + wait, small process", NULL, run_fork_exit},
	{"fork_exec", "fork + exec + wait, tiny program", NULL, run_fork_exec},
	{"exec", "exec alone, tiny program", NULL, run_exec},
	{0},
};
