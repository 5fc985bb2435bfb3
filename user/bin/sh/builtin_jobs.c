/* SPDX-License-Identifier: MIT */
/* The builtins about jobs: jobs, fg, bg, wait, kill. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../signames.h"
#include "jobs.h"
#include "shell.h"
#include "traps.h"

/* From the oldest to the newest, as their numbers go. A subshell without jobs lists its parent's:
 * kill $(jobs -p). */
int builtin_jobs(int argc, char **argv)
{
	bool pids_only = argc > 1 && !strcmp(argv[1], "-p");
	struct job *own;
	int highest = 0;

	while (jobs_take_news(false))
		;
	own = jobs;
	if (!own)
		jobs = parents_jobs; /* for job_print(), too: it marks the first of `jobs` */
	for (struct job *job = jobs; job; job = job->next)
		if (job->number > highest)
			highest = job->number;
	for (int number = 1; number <= highest; number++) {
		struct job *job = jobs;

		while (job && job->number != number)
			job = job->next;
		if (!job)
			continue;
		if (pids_only)
			printf("%ld\n", (long)job->processes[0].pid);
		else
			job_print(job, stdout);
		job->changed = false;
	}
	jobs = own;
	return 0;
}

static struct job *job_argument(const char *builtin, int argc, char **argv)
{
	if (!sh.job_control) {
		shell_error("%s: no job control here", builtin);
		return NULL;
	}
	return job_find(argc > 1 ? argv[1] : "%+");
}

int builtin_fg(int argc, char **argv)
{
	struct job *job = job_argument("fg", argc, argv);

	if (!job)
		return 1;
	printf("%s\n", job->text);
	fflush(stdout);
	job_make_current(job);
	job_to_foreground(job);
	return job_wait(job);
}

int builtin_bg(int argc, char **argv)
{
	struct job *job = job_argument("bg", argc, argv);

	if (!job)
		return 1;
	printf("[%d] %s &\n", job->number, job->text);
	job_continue(job);
	return 0;
}

/* Waits until the job does not run; false if a signal came first. */
static bool wait_until_ended(struct job *job)
{
	sigset_t old;
	bool running;

	signals_await(&old);
	while ((running = job_state(job) == JOB_RUNNING)) {
		if (sh.interrupted || traps_pending())
			break;
		if (!jobs_take_news(false) && job_state(job) == JOB_RUNNING)
			sigsuspend(&old);
	}
	signals_await_no_more(&old);
	return !running;
}

static struct job *job_of_process(const char *text)
{
	pid_t pid = (pid_t)atol(text);

	for (struct job *job = jobs; job; job = job->next)
		for (int i = 0; i < job->count; i++)
			if (job->processes[i].pid == pid)
				return job;
	return NULL;
}

static int wait_for_all(void)
{
	struct job *job, *next;

	for (job = jobs; job; job = next) {
		if (!wait_until_ended(job))
			return EXIT_SIGNAL + SIGINT;
		next = job->next;
		if (job_state(job) == JOB_DONE)
			job_free(job);
	}
	return 0;
}

int builtin_wait(int argc, char **argv)
{
	int status = 0;

	if (argc == 1)
		return wait_for_all();
	for (int i = 1; i < argc; i++) {
		struct job *job = *argv[i] == '%' ? job_find(argv[i]) : job_of_process(argv[i]);

		if (!job) {
			status = EXIT_NOT_FOUND;
			continue;
		}
		if (!wait_until_ended(job))
			return EXIT_SIGNAL + SIGINT;
		status = status_code(job_status(job));
		if (job_state(job) == JOB_DONE)
			job_free(job);
	}
	return status;
}

static void list_signals(void)
{
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		printf("%2d %-8s%s", signal_table[i].number, signal_table[i].name,
		       i % 6 == 5 || i + 1 == SIGNAL_COUNT ? "\n" : "");
}

/* The target of kill: a process, -group, or a job. Returns 0 if there is no such job. */
static pid_t kill_target(const char *text)
{
	struct job *job;
	pid_t pid;

	if (*text == '%') {
		job = job_find(text);
		if (!job)
			return 0;
		return job->group ? -job->group : job->processes[0].pid;
	}
	if (!process_number(text, &pid)) {
		shell_error("kill: %s: neither a process nor a job", text);
		return 0;
	}
	return pid;
}

int builtin_kill(int argc, char **argv)
{
	int sig = SIGTERM;
	int i = 1;
	int status = 0;

	if (argc > 1 && !strcmp(argv[1], "-l")) {
		list_signals();
		return 0;
	}
	if (argc > 2 && !strcmp(argv[1], "-s")) {
		sig = signal_number(argv[2]);
		i = 3;
	} else if (argc > 1 && argv[1][0] == '-' && argv[1][1] && strcmp(argv[1], "--")) {
		sig = signal_number(argv[1] + 1);
		i = 2;
	}
	if (i < argc && !strcmp(argv[i], "--"))
		i++;
	if (sig < 0 || i >= argc) {
		shell_error("usage: kill [-SIGNAL] PID|%%JOB...  or  kill -l");
		return EXIT_SYNTAX;
	}
	for (; i < argc; i++) {
		pid_t target = kill_target(argv[i]);
		bool job = *argv[i] == '%';

		if (!target && (job || strcmp(argv[i], "0"))) {
			status = 1;
		} else if (kill(target, sig)) {
			shell_error("kill: %s: %s", argv[i], strerror(errno));
			status = 1;
		} else if (job && (sig == SIGTERM || sig == SIGHUP)) {
			kill(target, SIGCONT); /* or a stopped job would never see it */
		}
	}
	return status;
}
