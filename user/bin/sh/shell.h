/* SPDX-License-Identifier: MIT */
/*
 * sh: a POSIX-like shell with job control and line editing. This file holds the state that its
 * parts share; the way of a command through them is
 *
 *     source.c -> lexer.c, words.c -> parser.c -> tree.h      reading
 *     exec.c -> expand.c, glob.c, arith.c, vars.c             running
 *            -> redir.c, launch.c, jobs.c, builtin*.c
 *     edit.c, keys.c, history.c, complete.c                   the terminal
 *
 * Nothing here jumps: a `break`, an `exit`, an error or ^C sets sh.flow, and every loop of the
 * executor ends when it sees that.
 */
#ifndef SH_SHELL_H
#define SH_SHELL_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#define EXIT_SYNTAX    2
#define EXIT_CANNOT    126 /* found, but it cannot be run */
#define EXIT_NOT_FOUND 127
#define EXIT_SIGNAL    128 /* plus the signal's number */

enum flow {
	FLOW_NONE,
	FLOW_BREAK,    /* out of sh.flow_count loops */
	FLOW_CONTINUE, /* the same, then on with the last one's next turn */
	FLOW_RETURN,   /* out of the function, or of the file read by `.` */
	FLOW_ABORT,    /* back to the prompt; the end, where there is none */
	FLOW_EXIT,
};

struct shell {
	const char *name; /* $0, and the start of error messages */
	pid_t pid;        /* $$: of the first shell, in subshells too */
	char **arguments; /* $1...; arguments[argument_count] is NULL */
	int argument_count;
	char **owned_arguments;  /* what `set -- ...` allocated in this function, or NULL */
	int status;              /* $? */
	int substitution_status; /* of the last $(...): $? after a command without words */
	pid_t last_background;   /* $! */

	enum flow flow;
	int flow_count;
	int loop_depth;
	int function_depth;

	bool interactive; /* reads commands from a person: prompts, edits, reports on jobs */
	bool job_control; /* every job is a process group, and the terminal is handed about */
	bool subshell;    /* a forked copy of a shell */
	bool login;
	int terminal; /* a descriptor of the terminal, or -1 */

	bool exit_on_error;  /* set -e */
	bool no_glob;        /* set -f */
	bool error_on_unset; /* set -u */
	bool trace;          /* set -x */

	/* Set by the handler of SIGINT: ^C at the prompt, or while the shell itself is at work. */
	volatile sig_atomic_t interrupted;
	/* The same for SIGTSTP: ^Z while a job was being started. */
	volatile sig_atomic_t suspended;
};

extern struct shell sh;

/* "sh: MESSAGE" on standard error, in one write; usable after vfork. */
void shell_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* An error that ends a script, and at the prompt the command: sets status and flow. */
void shell_fail(int status);

/* The options that `set` and the command line know: e, f, u, x. False if it is none of them. */
bool shell_set_option(char letter, bool on);

/* Moves a descriptor that the shell itself needs to 10 or above and marks it close-on-exec. */
int shell_move_fd(int fd);

/* Like pipe2, close-on-exec, but no end is 0, 1 or 2, even if those are closed. */
int shell_pipe(int fds[2]);

/* Reads and runs commands until the source ends. */
struct source;
void shell_run_source(struct source *source, bool last);

/* Runs a string or a file; the status is in sh.status. False if the file cannot be opened. */
void shell_run_string(const char *text);
bool shell_run_file(const char *path);

#endif
