/* SPDX-License-Identifier: MIT */
/*
 * Job control of processes that have several threads: a background thread that touches the
 * terminal, whoever takes the stop signal.
 */
#include "terminal.h"
#include "threads.h"

#include <dirent.h>

#define TOUCHERS 3

static struct termios attributes;
static int terminal;
static _Atomic int at_the_start;
static _Atomic long touch_result[TOUCHERS];

/* Sets the terminal's attributes from the background, at the same moment as the others do. */
static void touch_terminal(void *argument)
{
	_Atomic long *result = argument;

	atomic_fetch_add(&at_the_start, 1);
	while (atomic_load(&at_the_start) < TOUCHERS)
		raw_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	*result = raw_syscall(SYS_ioctl, terminal, TCSETS, (long)&attributes, 0, 0, 0);
}

static void touch_from_threads(void)
{
	struct thread threads[TOUCHERS];

	setpgid(0, 0);
	for (int i = 0; i < TOUCHERS; i++)
		thread_start(&threads[i], touch_terminal, (void *)&touch_result[i]);
	for (int i = 0; i < TOUCHERS; i++) {
		thread_join(&threads[i]);
		CHECK_EQ(touch_result[i], 0);
	}
}

/* The call stops the process, is made again when that goes on in the foreground, and then succeeds
 * in each thread: which of them, or of those that only wait, took the signal is not seen. */
static void background_threads(void)
{
	int status;

	terminal = become_session();
	signal(SIGTTOU, SIG_IGN); /* so that this process may give the terminal back to itself */
	CHECK_OK(tcgetattr(terminal, &attributes));
	for (int round = 0; round < 10 && !check_failures; round++) {
		pid_t pid = fork();

		if (pid == 0) {
			signal(SIGTTOU, SIG_DFL);
			touch_from_threads();
			_exit(check_failures ? 1 : 0);
		}
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		CHECK_EQ(status, SIGTTOU << 8 | 0x7f);
		CHECK_OK(tcsetpgrp(terminal, pid));
		CHECK_OK(kill(-pid, SIGCONT));
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		CHECK_EXITED(status, 0);
		CHECK_OK(tcsetpgrp(terminal, getpid()));
	}
}

/* ---- Stops, and threads that do not hear them ---- */

static struct {
	_Atomic int at_gate, go, continued, child_saw, forker;
} * shared;
static int gate[2];

/* What a vfork child does, until the gate is opened: its parent hears no signal meanwhile. */
static void wait_at_gate(void *unused)
{
	char c;

	atomic_store(&shared->at_gate, 1);
	raw_syscall(SYS_read, gate[0], (long)&c, 1, 0, 0, 0);
}

static void vfork_at_gate(void)
{
	static char stack[4 * CHECK_PAGE] __attribute__((aligned(16)));

	CHECK(clone_call(T_VM | T_VFORK | SIGCHLD, stack + sizeof(stack), wait_at_gate, NULL, NULL,
			 NULL, NULL) > 0);
}

static void set_up_gate(void)
{
	shared = check_shared(sizeof(*shared));
	CHECK_OK(pipe(gate));
}

static void open_gate(void)
{
	CHECK_EQ(write(gate[1], "o", 1), 1);
}

static void await_set(_Atomic int *word)
{
	while (!atomic_load(word))
		check_sleep_ms(1);
}

static void vfork_in_thread(void *unused)
{
	atomic_store(&shared->forker, gettid_raw());
	vfork_at_gate();
	for (;;)
		sleep_ms_raw(1000);
}

/* The process has stopped when its last thread has. */
static void stop_is_told_by_the_last(void)
{
	int status;
	pid_t pid;

	set_up_gate();
	pid = fork();
	if (pid == 0) {
		struct thread thread;

		thread_start(&thread, vfork_in_thread, NULL);
		for (;;)
			pause();
	}
	await_set(&shared->at_gate);
	CHECK_OK(kill(pid, SIGSTOP));
	while (thread_state(pid, pid) != 'T')
		check_sleep_ms(1);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	open_gate();
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(status, SIGSTOP << 8 | 0x7f);
	CHECK_EQ(thread_state(pid, shared->forker), 'T');
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
}

/* Forks when it is told to; the child says whether it ran before its group was continued. */
static void fork_in_thread(void *unused)
{
	atomic_store(&shared->forker, gettid_raw());
	while (!atomic_load(&shared->go))
		;
	if (raw_syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0) == 0)
		atomic_store(&shared->child_saw, atomic_load(&shared->continued) ? 1 : 2);
	raw_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

/* A signal to a group reaches whoever one of its threads forks afterwards, also when another thread
 * is to take it and has not yet. */
static void fork_does_not_escape(void)
{
	struct thread thread;
	int status;
	pid_t pid;

	set_up_gate();
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		thread_start(&thread, fork_in_thread, NULL);
		await_set(&shared->forker);
		vfork_at_gate();
		for (;;)
			pause();
	}
	await_set(&shared->at_gate);
	CHECK_OK(kill(-pid, SIGSTOP));
	atomic_store(&shared->go, 1);
	while (!shared->child_saw && thread_state(pid, shared->forker) != 'T')
		check_sleep_ms(1);
	atomic_store(&shared->continued, 1);
	CHECK_OK(kill(-pid, SIGCONT));
	await_set(&shared->child_saw);
	CHECK_EQ(shared->child_saw, 1);
	open_gate();
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EXITED(status, 0);
}

/* ---- Stops at any moment ---- */

static void do_nothing(void *unused)
{
}

static void make_children(void *unused)
{
	static char stack[4 * CHECK_PAGE] __attribute__((aligned(16)));

	for (;;) {
		clone_call(T_VM | T_VFORK | SIGCHLD, stack + sizeof(stack), do_nothing, NULL, NULL,
			   NULL, NULL);
		raw_syscall(SYS_wait4, -1, 0, 0, 0, 0, 0);
	}
}

static void make_threads(void *unused)
{
	struct thread thread;

	for (;;) {
		thread_start(&thread, do_nothing, NULL);
		atomic_fetch_add(&shared->go, 1);
		thread_join(&thread);
	}
}

static void check_all_stopped(pid_t pid)
{
	struct dirent *entry;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *tasks = opendir(path);
	CHECK(tasks != NULL);
	while (tasks && (entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			CHECK_EQ(thread_state(pid, atoi(entry->d_name)), 'T');
	if (tasks)
		closedir(tasks);
}

/* Threads come, go and fork; when the stop is told, none of them does any more. */
static void all_have_stopped(void)
{
	int status, rounds = check_env("ROUNDS", 8);

	shared = check_shared(sizeof(*shared));
	for (int round = 0; round < rounds && !check_failures; round++) {
		pid_t pid = fork();

		if (pid == 0) {
			struct thread threads[3];

			thread_start(&threads[0], make_children, NULL);
			thread_start(&threads[1], make_threads, NULL);
			thread_start(&threads[2], make_threads, NULL);
			for (;;)
				sleep_ms_raw(1);
		}
		int seen = atomic_load(&shared->go);
		while (atomic_load(&shared->go) <= seen + round % 4)
			sched_yield();
		CHECK_OK(kill(pid, SIGSTOP));
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		CHECK_EQ(status, SIGSTOP << 8 | 0x7f);
		check_all_stopped(pid);
		CHECK_OK(kill(pid, SIGKILL));
		CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
	}
}

static const struct check_case cases[] = {
	CASE(background_threads),
	CASE(stop_is_told_by_the_last),
	CASE(fork_does_not_escape),
	CASE(all_have_stopped),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
