/* SPDX-License-Identifier: MIT */
/*
 * Redirections, in two steps. Planning expands the targets, in the shell; applying makes system
 * calls only, so that it can also be done by a child between vfork and exec.
 */
#ifndef SH_REDIR_H
#define SH_REDIR_H

#include "tree.h"

struct redir_action {
	enum redir_kind kind;
	int fd;           /* the descriptor that is redirected */
	const char *path; /* of a file to open */
	int source;       /* DUP, HERE: the descriptor to copy, or -1 to close fd */
};

/* What was at a redirected descriptor: a copy of it, or -1 if it was not open. */
struct redir_saved {
	int fd;
	int copy;
};

struct redir_plan {
	int count;
	int saved_count;
	struct redir_action *actions; /* in temp_arena */
	struct redir_saved *saved;    /* NULL: nothing is kept */
};

/* False, with a message, if a target is no good; sh.flow may be set. */
bool redir_plan(const struct redir *redirs, struct redir_plan *plan);

/* False, with a message, if a file cannot be opened; what was done so far stays done. */
bool redir_apply(struct redir_plan *plan);

/* Like redir_apply, and keeps what is needed to undo it. */
bool redir_apply_saving(struct redir_plan *plan);

/* Puts the descriptors back as they were. */
void redir_undo(struct redir_plan *plan);

/* Makes the redirections stay: for exec without a command. */
void redir_keep(struct redir_plan *plan);

/* Closes the here-documents of a plan. To be called last, applied or not. */
void redir_finish(struct redir_plan *plan);

#endif
