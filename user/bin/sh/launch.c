/* SPDX-License-Identifier: MIT */
/* Making processes: see launch.h. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"
#include "terminal.h"
#include "traps.h"
#include "vars.h"

static void move_descriptor(int from, int to)
{
	if (from < 0)
		return;
	if (from == to)
		fcntl(to, F_SETFD, 0);
	else
		dup2(from, to);
}

/*
 * In the child, forked or vforked: system calls only, for after vfork all memory is the shell's.
 * For a forked child the shell sets group and terminal as well: whoever comes first.
 */
static void enter_child(const struct launch *launch)
{
	const struct job *job = launch->job;

	if (sh.job_control && job) {
		pid_t group = job->group ? job->group : getpid();

		setpgid(0, group);
		if (launch->foreground && launch->takes_terminal)
			terminal_give(group);
	}
	signals_restore();
	if (sh.job_control && !job)
		signals_ignore_stop();
	if (!sh.job_control && !launch->foreground) {
		signals_ignore_keyboard();
		if (launch->input < 0) {
			int null = open("/dev/null", O_RDONLY);

			if (null > STDIN_FILENO) {
				dup2(null, STDIN_FILENO);
				close(null);
			}
		}
	}
	move_descriptor(launch->input, STDIN_FILENO);
	move_descriptor(launch->output, STDOUT_FILENO);
}

/* Without job control and traps the child's signals are right as they are. */
static bool signals_matter(void)
{
	return sh.interactive || traps_any();
}

static void become_subshell(const struct launch *launch)
{
	if (launch->unwanted >= 0)
		close(launch->unwanted);
	if (launch->input > STDIN_FILENO)
		close(launch->input);
	if (launch->output > STDOUT_FILENO)
		close(launch->output);
	jobs_forget();
	traps_clear();
	sh.subshell = true;
	sh.interactive = false;
	sh.job_control = false;
	sh.interrupted = 0;
	sh.suspended = 0;
}

pid_t launch_shell(const struct launch *launch)
{
	bool blocking = signals_matter();
	sigset_t old;
	pid_t pid;

	if (blocking)
		signals_block(&old);
	pid = fork();
	if (pid == 0) {
		enter_child(launch);
		become_subshell(launch);
	} else if (pid < 0) {
		shell_error("cannot fork: %s", strerror(errno));
	} else if (launch->job) {
		job_add(launch->job, pid);
		if (sh.job_control)
			setpgid(pid, launch->job->group);
		if (sh.job_control && launch->foreground && launch->takes_terminal)
			terminal_give(launch->job->group);
	}
	if (blocking)
		signals_unblock(&old);
	return pid;
}

void launch_exec(const char *path, char **argv, char **environment)
{
	execve(path, argv, environment);
	if (errno == ENOEXEC) {
		int count = 0;

		while (argv[count])
			count++;
		/* A script without #!: sh PATH ARGUMENTS... */
		char *script[count + 2];

		script[0] = "sh";
		script[1] = (char *)path;
		memcpy(script + 2, argv + 1, (size_t)count * sizeof(*argv));
		execve("/bin/sh", script, environment);
	}
	if (errno == ENOENT && !strchr(argv[0], '/')) {
		shell_error("%s: not found", argv[0]);
		_exit(EXIT_NOT_FOUND);
	}
	shell_error("%s: %s", argv[0], strerror(errno));
	_exit(errno == ENOENT || errno == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT);
}

/* The child's side of vfork, which never returns into the shell's stack frames. */
static void run_program(const struct launch *launch, const char *path, char **argv,
			char **environment, struct redir_plan *plan, const sigset_t *mask)
{
	enter_child(launch);
	if (!redir_apply(plan))
		_exit(1);
	signals_postpone_stop();
	signals_unblock(mask);
	launch_exec(path, argv, environment);
}

pid_t launch_program(const struct launch *launch, const char *path, char **argv,
		     struct redir_plan *plan)
{
	char **environment = vars_environment();
	sigset_t mask;
	pid_t pid;

	signals_block(&mask);
	pid = vfork();
	if (pid == 0)
		run_program(launch, path, argv, environment, plan, &mask);
	signals_unblock(&mask);
	if (pid < 0)
		shell_error("cannot fork: %s", strerror(errno));
	else if (launch->job)
		job_add(launch->job, pid);
	return pid;
}

void launch_finish(void)
{
	traps_run_exit();
	fflush(stdout);
	_exit(sh.status);
}
