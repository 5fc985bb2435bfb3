/* SPDX-License-Identifier: MIT */
/*
 * Making processes. Two ways: a copy of the shell (fork), for whatever the shell itself carries
 * out; and directly a program (vfork), which copies no page table and is the way of most commands.
 */
#ifndef SH_LAUNCH_H
#define SH_LAUNCH_H

#include "jobs.h"
#include "redir.h"

struct launch {
	struct job *job; /* NULL: a command substitution, which is no job of its own */
	bool foreground;
	/*
	 * In the foreground: it makes its group the terminal's as soon as it can. Not so in a
	 * pipeline, or ^Z would stop those that are there already and not those that come.
	 */
	bool takes_terminal;
	int input;    /* to become its descriptor 0, or -1 */
	int output;   /* to become its descriptor 1, or -1 */
	int unwanted; /* a descriptor that a copy of the shell must not keep, or -1 */
};

#define LAUNCH_PLAIN(of_job)                     \
	((struct launch){.job = (of_job),        \
			 .foreground = true,     \
			 .takes_terminal = true, \
			 .input = -1,            \
			 .output = -1,           \
			 .unwanted = -1})

/*
 * Forks. Returns the child's pid in the shell; 0 in the child, which is a subshell then, set up as
 * the launch says; -1, with a message, on failure.
 */
pid_t launch_shell(const struct launch *launch);

/* Runs a program. The path has been looked up; argv[0] is for messages. -1 as above. */
pid_t launch_program(const struct launch *launch, const char *path, char **argv,
		     struct redir_plan *plan);

/* Becomes the program. Does not return. */
void launch_exec(const char *path, char **argv, char **environment) __attribute__((noreturn));

/* Ends a subshell, or the shell, with sh.status. */
void launch_finish(void) __attribute__((noreturn));

#endif
