/* SPDX-License-Identifier: MIT */
/* Walks the tree and carries it out. Every function leaves its status in sh.status. */
#ifndef SH_EXEC_H
#define SH_EXEC_H

#include "tree.h"

enum exec_flags {
	EXEC_LAST = 1,   /* nothing comes after: this process may become the command */
	EXEC_TESTED = 2, /* the status is tested: a failure is no reason for set -e to leave */
};

void exec_list(const struct node *list, int flags);
void exec_node(const struct node *node, int flags);

/* Runs a list in a subshell and collects its output, without the newlines at its end. */
void exec_substitution(const struct node *list, struct strbuf *output);

/* After a command or a turn of a loop: runs traps, and sees to ^C. */
void exec_check_signals(void);

#endif
