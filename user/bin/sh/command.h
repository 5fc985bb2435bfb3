/* SPDX-License-Identifier: MIT */
/* Simple commands: NAME=value... word... redirection... */
#ifndef SH_COMMAND_H
#define SH_COMMAND_H

#include "builtin.h"
#include "launch.h"
#include "tree.h"

struct function {
	struct function *next;
	struct program *program; /* holds the body */
	const struct node *body;
	char *name;
};

/* What a command's name means. All NULL: nothing. */
struct command {
	const struct function *function;
	const struct builtin *builtin;
	const char *path; /* in temp_arena */
};

/* Looks a name up among functions, builtins and the directories of PATH. */
struct command command_find(const char *name);

/* The program of that name in PATH, in temp_arena, or NULL. */
const char *command_find_program(const char *name);

void function_define(const struct node *node);
bool function_undefine(const char *name);
extern struct function *functions;

/* Carries out a NODE_SIMPLE; flags as for exec_node. */
void command_run(const struct node *node, int flags);

/*
 * Starts one command of a pipeline or in the background, in a process of its own. A program is
 * started directly where that makes no difference; anything else in a copy of the shell.
 */
pid_t command_launch(const struct node *node, const struct launch *launch);

#endif
