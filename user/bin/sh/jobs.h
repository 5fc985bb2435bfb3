/* SPDX-License-Identifier: MIT */
/*
 * Jobs: the processes of one pipeline, and with job control their process group.
 *
 * Every command that runs in processes of its own is a job from its launch to its end, also in
 * the foreground and also in scripts, so that there is one place where children are waited for.
 * A job gets a number (%1) once it is in the background or stopped.
 */
#ifndef SH_JOBS_H
#define SH_JOBS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <termios.h>

#include "tree.h"

enum job_state { JOB_RUNNING, JOB_STOPPED, JOB_DONE };

struct process {
	pid_t pid;
	enum job_state state;
	int status; /* as waitpid gives it */
};

struct job {
	struct job *next; /* the one that was current before this */
	int number;       /* 0: in the foreground, and never was anywhere else */
	pid_t group;      /* 0: that of the shell */
	bool changed;     /* its state has not been shown since it changed */
	bool has_modes;
	struct termios modes; /* the terminal's, when the job was stopped */
	char *text;
	int count;
	struct process processes[];
};

extern struct job *jobs;         /* the current job first */
extern struct job *parents_jobs; /* in a subshell, as they were when it was forked: to be listed */

/* A job that will have at most `processes` processes, described by the node's text, if any. */
struct job *job_new(const struct node *node, int processes);
void job_add(struct job *job, pid_t pid);
void job_free(struct job *job);
void job_make_current(struct job *job);

/* Running if any process runs, else stopped if any is stopped. */
enum job_state job_state(const struct job *job);

/* The last process's wait status. */
int job_status(const struct job *job);

/* [1]+  Running    sleep 10 */
void job_print(const struct job *job, FILE *out);

/*
 * Takes the news of one child. With block, waits for it, but no longer than until a signal comes.
 * False if there was none.
 */
bool jobs_take_news(bool block);

/* Waits until the foreground job ends or stops. Returns what is to be $?; may set sh.flow. */
int job_wait(struct job *job);

/* Lets a stopped job go on where it is. */
void job_continue(struct job *job);

/*
 * Gives the terminal to a job that was just started. Those that have stopped for want of it are let
 * go on by job_wait().
 */
void job_give_terminal(const struct job *job);

/* Gives the terminal to a job that was stopped or in the background, and lets it go on. */
void job_to_foreground(struct job *job);

/* Leaves the job in the background, and tells its number and process. */
void job_to_background(struct job *job);

/* At the prompt: tells which background jobs have changed. */
void jobs_notify(void);

/* True if a job is stopped: a reason not to leave without asking. */
bool jobs_any_stopped(void);

/* In a forked copy of the shell: none of these are its children. */
void jobs_forget(void);

/* %1, %+, %-, %name: the job meant, or NULL with a message. */
struct job *job_find(const char *spec);

/* The exit status that a wait status stands for. */
int status_code(int wait_status);

int builtin_jobs(int argc, char **argv);
int builtin_fg(int argc, char **argv);
int builtin_bg(int argc, char **argv);
int builtin_wait(int argc, char **argv);
int builtin_kill(int argc, char **argv);

#endif
