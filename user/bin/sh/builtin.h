/* SPDX-License-Identifier: MIT */
/* Commands that the shell carries out itself. */
#ifndef SH_BUILTIN_H
#define SH_BUILTIN_H

#include <stdbool.h>

struct builtin {
	const char *name;
	int (*run)(int argc, char **argv); /* returns the status */
	bool special; /* POSIX: assignments before it stay, and its errors end a script */
	const char *help;
};

/* NULL if there is none of that name. */
const struct builtin *builtin_find(const char *name);

/* The whole table, ended by an entry without a name. */
extern const struct builtin builtins[];

/* True, once, after an `exec` without a command: its redirections stay. */
bool builtin_exec_kept(const struct builtin *builtin);

int builtin_test(int argc, char **argv);
int builtin_echo(int argc, char **argv);
int builtin_printf(int argc, char **argv);
int builtin_read(int argc, char **argv);
int builtin_cd(int argc, char **argv);
int builtin_pwd(int argc, char **argv);
int builtin_type(int argc, char **argv);
int builtin_command(int argc, char **argv);
int builtin_umask(int argc, char **argv);
int builtin_help(int argc, char **argv);
int builtin_history(int argc, char **argv);

#endif
