/* SPDX-License-Identifier: MIT */
/* The table of jobs and waiting for them: see jobs.h. */
#include "jobs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell.h"
#include "terminal.h"
#include "traps.h"

#define MAX_FINISHED 64 /* jobs that a script has not waited for and perhaps never will */

struct job *jobs, *parents_jobs;

/* ---- the table ---- */

struct job *job_new(const struct node *node, int processes)
{
	struct job *job = mem_alloc(sizeof(*job) + (size_t)processes * sizeof(job->processes[0]));

	memset(job, 0, sizeof(*job));
	if (sh.interactive && node && node->program->text) {
		const char *text = node->program->text + node->text_start;
		size_t length = node->text_end - node->text_start;
		const char *newline = memchr(text, '\n', length);

		if (newline)
			length = (size_t)(newline - text);
		job->text = mem_alloc(length + 1);
		memcpy(job->text, text, length);
		job->text[length] = '\0';
	} else {
		job->text = mem_strdup("");
	}
	job->next = jobs;
	jobs = job;
	return job;
}

void job_add(struct job *job, pid_t pid)
{
	struct process *process = &job->processes[job->count++];

	*process = (struct process){.pid = pid, .state = JOB_RUNNING};
	if (sh.job_control && !job->group)
		job->group = pid;
}

static void job_unlink(struct job *job)
{
	struct job **link = &jobs;

	while (*link != job)
		link = &(*link)->next;
	*link = job->next;
}

void job_free(struct job *job)
{
	job_unlink(job);
	free(job->text);
	free(job);
}

void job_make_current(struct job *job)
{
	job_unlink(job);
	job->next = jobs;
	jobs = job;
}

void jobs_forget(void)
{
	/* The one that this subshell is a process of has no number yet, and is not listed. The
	 * others stay in memory: `jobs` shows them. */
	while (jobs && !jobs->number)
		job_free(jobs);
	if (jobs)
		parents_jobs = jobs;
	jobs = NULL;
}

enum job_state job_state(const struct job *job)
{
	enum job_state state = JOB_DONE;

	for (int i = 0; i < job->count; i++) {
		if (job->processes[i].state == JOB_RUNNING)
			return JOB_RUNNING;
		if (job->processes[i].state == JOB_STOPPED)
			state = JOB_STOPPED;
	}
	return state;
}

int job_status(const struct job *job)
{
	return job->count ? job->processes[job->count - 1].status : 0;
}

static void job_number(struct job *job)
{
	int highest = 0;

	if (job->number)
		return;
	for (struct job *other = jobs; other; other = other->next)
		if (other->number > highest)
			highest = other->number;
	job->number = highest + 1;
}

bool jobs_any_stopped(void)
{
	for (struct job *job = jobs; job; job = job->next)
		if (job_state(job) == JOB_STOPPED)
			return true;
	return false;
}

int status_code(int status)
{
	if (WIFSTOPPED(status))
		return EXIT_SIGNAL + WSTOPSIG(status);
	if (WIFSIGNALED(status))
		return EXIT_SIGNAL + WTERMSIG(status);
	return WEXITSTATUS(status);
}

/* ---- waiting ---- */

static void record_status(pid_t pid, int status)
{
	for (struct job *job = jobs; job; job = job->next) {
		for (int i = 0; i < job->count; i++) {
			struct process *process = &job->processes[i];

			if (process->pid != pid || process->state == JOB_DONE)
				continue;
			if (WIFCONTINUED(status)) {
				process->state = JOB_RUNNING;
			} else {
				process->state = WIFSTOPPED(status) ? JOB_STOPPED : JOB_DONE;
				process->status = status;
			}
			job->changed = true;
			return;
		}
	}
}

/* Children that are gone without having been waited for, which should not be: count them ended. */
static void record_all_gone(void)
{
	for (struct job *job = jobs; job; job = job->next)
		for (int i = 0; i < job->count; i++)
			job->processes[i].state = JOB_DONE;
}

bool jobs_take_news(bool block)
{
	int flags = (block ? 0 : WNOHANG) | (sh.job_control ? WUNTRACED | WCONTINUED : 0);
	int status;
	pid_t pid = waitpid(-1, &status, flags);

	if (pid > 0)
		record_status(pid, status);
	else if (pid < 0 && errno == ECHILD)
		record_all_gone();
	return pid > 0;
}

/* The status of a process that is stopped, if one is, else of the last. */
static int shown_status(const struct job *job)
{
	for (int i = 0; i < job->count; i++)
		if (job->processes[i].state == JOB_STOPPED)
			return job->processes[i].status;
	return job_status(job);
}

static const char *state_text(const struct job *job, char *text, size_t size)
{
	int status = shown_status(job);

	switch (job_state(job)) {
	case JOB_RUNNING:
		return "Running";
	case JOB_STOPPED:
		if (WSTOPSIG(status) == SIGTTIN)
			return "Stopped (reads)";
		return WSTOPSIG(status) == SIGTTOU ? "Stopped (writes)" : "Stopped";
	case JOB_DONE:
		break;
	}
	if (WIFSIGNALED(status))
		return strsignal(WTERMSIG(status));
	if (!WEXITSTATUS(status))
		return "Done";
	snprintf(text, size, "Exit %d", WEXITSTATUS(status));
	return text;
}

void job_print(const struct job *job, FILE *out)
{
	char mark = job == jobs ? '+' : job == jobs->next ? '-' : ' ';
	char text[32];

	fprintf(out, "[%d]%c  %-20s %s\n", job->number, mark, state_text(job, text, sizeof(text)),
		job->text);
}

/* A job that a signal ended says so, unless it was ^C or a reader that went away. */
static void report_signal(int status)
{
	int sig = WTERMSIG(status);

	if (sig == SIGINT) {
		if (sh.interactive) {
			fputs("\n", stderr);
			sh.flow = FLOW_ABORT;
		}
	} else if (sig != SIGPIPE) {
		fprintf(stderr, "%s%s\n", strsignal(sig),
			WCOREDUMP(status) ? " (core dumped)" : "");
	}
}

static void report_stopped(struct job *job)
{
	job_number(job);
	job_make_current(job);
	job->changed = false;
	job->has_modes = terminal_get_modes(&job->modes);
	fputs("\n", stderr);
	job_print(job, stderr);
	/* What was to come after the stopped command does not run either. */
	sh.flow = FLOW_ABORT;
}

/*
 * True if a process found that it may not use the terminal and stopped, when meanwhile it may: it
 * looked before it was given the terminal, and its own signal came after SIGCONT.
 */
static bool stopped_too_late(const struct job *job)
{
	bool found = false;

	for (int i = 0; i < job->count; i++) {
		int sig = WSTOPSIG(job->processes[i].status);

		if (job->processes[i].state != JOB_STOPPED)
			continue;
		if (sig != SIGTTIN && sig != SIGTTOU)
			return false;
		found = true;
	}
	return found && terminal_is_given(job->group);
}

/* Until it ends or stops. A ^C or ^Z that came while it was being started was meant for it. */
static void wait_in_foreground(struct job *job)
{
	bool suspended = false;

	for (;;) {
		if (job->group && sh.interrupted) {
			sh.interrupted = 0;
			kill(-job->group, SIGINT);
		}
		if (job->group && stopped_too_late(job)) {
			terminal_take_back(); /* as in job_to_foreground() */
			job_continue(job);
			terminal_give(job->group);
			sh.suspended |= suspended; /* SIGCONT has undone it */
		}
		if (job->group && sh.suspended) {
			sh.suspended = 0;
			suspended = true;
			kill(-job->group, SIGTSTP);
		}
		if (job_state(job) != JOB_RUNNING)
			break;
		jobs_take_news(true);
	}
}

int job_wait(struct job *job)
{
	int status;

	wait_in_foreground(job);
	status = shown_status(job);
	if (job_state(job) == JOB_STOPPED) {
		terminal_take_back();
		report_stopped(job);
		terminal_restore_modes();
		return status_code(status);
	}
	if (job->group)
		terminal_take_back();
	if (WIFSIGNALED(status)) {
		if (job->group)
			terminal_restore_modes();
		report_signal(status);
	}
	job_free(job);
	return status_code(status);
}

/* In a script nobody asks about old jobs, except perhaps with `wait`. */
static void drop_finished(void)
{
	int finished = 0;
	struct job *job, *next;

	for (job = jobs; job; job = next) {
		next = job->next;
		if (job_state(job) == JOB_DONE && ++finished > MAX_FINISHED)
			job_free(job);
	}
}

void job_continue(struct job *job)
{
	for (int i = 0; i < job->count; i++)
		if (job->processes[i].state == JOB_STOPPED)
			job->processes[i].state = JOB_RUNNING;
	job->changed = false;
	kill(-job->group, SIGCONT);
}

/* Without SIGCONT: a ^Z that comes as soon as the terminal is the job's would be undone by it. */
void job_give_terminal(const struct job *job)
{
	if (job->group)
		terminal_give(job->group);
}

/*
 * SIGCONT while the terminal is the shell's: a ^Z that comes before it then reaches the shell,
 * which sends it on. In the stopped group it would wait, and SIGCONT undo it.
 */
void job_to_foreground(struct job *job)
{
	if (!job->group)
		return;
	if (job->has_modes)
		terminal_set_modes(&job->modes);
	job_continue(job);
	terminal_give(job->group);
}

void job_to_background(struct job *job)
{
	pid_t pid = job->processes[job->count - 1].pid;

	sh.last_background = pid;
	job_number(job);
	if (sh.interactive)
		fprintf(stderr, "[%d] %ld\n", job->number, (long)pid);
	else
		drop_finished();
}

void jobs_notify(void)
{
	struct job *job, *next;

	while (jobs_take_news(false))
		;
	for (job = jobs; job; job = next) {
		next = job->next;
		if (job->changed && job_state(job) != JOB_RUNNING)
			job_print(job, stderr);
		job->changed = false;
		if (job_state(job) == JOB_DONE)
			job_free(job);
	}
}

/* ---- finding ---- */

static struct job *find_spec(const char *spec)
{
	char *end;
	long number = strtol(spec, &end, 10);

	if (!*spec || !strcmp(spec, "+") || !strcmp(spec, "%"))
		return jobs;
	if (!strcmp(spec, "-"))
		return jobs && jobs->next ? jobs->next : jobs;
	for (struct job *job = jobs; job; job = job->next) {
		if (!*end && job->number == number)
			return job;
		if (*end && !strncmp(job->text, spec, strlen(spec)))
			return job;
	}
	return NULL;
}

struct job *job_find(const char *spec)
{
	struct job *job = find_spec(*spec == '%' ? spec + 1 : spec);

	if (!job)
		shell_error("%s: no such job", spec);
	return job;
}
