/* SPDX-License-Identifier: MIT */
/*
 * Process groups and sessions: who gets the terminal's signals. A group is a job of a shell; a
 * session is the groups of one login, with at most one terminal. Both bear the number of the
 * process that made them, which stays in use as long as they exist.
 */
#ifndef PROC_SESSION_H
#define PROC_SESSION_H

#include "lib/abi/types.h"
#include "proc/process.h"

int must_check process_setpgid(int pid, int group); /* -ESRCH, -EACCES, -EPERM as setpgid(2) */
int must_check process_setsid(void);                /* the new session's number, or -EPERM */
int must_check process_getpgid(int pid);
int must_check process_getsid(int pid);

/* tree_lock held: joins the group of `parent` (none: a session of its own); leaves its group. */
void session_join(struct process *process, struct process *parent);
void session_leave(struct process *process);
/* tree_lock held. Before `process` ends or gets another parent: SIGHUP and SIGCONT to its group if
 * that has stopped members and nobody outside it in its session is parent of one any more. */
void session_check_orphans(struct process *process);
/* tree_lock held: others may move a process to another group at any time, and with its last member
 * a group goes. 0, or false: it has left. */
bool session_is_leader(const struct process *process);
int process_group_id(const struct process *process);
int process_session_id(const struct process *process);
bool process_group_is_orphaned(const struct process *process);
/* The same of the current process. Process context, tree_lock not held. */
bool current_is_leader(void);
int current_group(void);
int current_session(void);
bool current_group_is_orphaned(void);

/* Calls `visit` for each member of the group, tree_lock held; returns how many there are. Any
 * context but NMI. */
unsigned group_for_each(int id, void (*visit)(struct process *process, void *argument),
			void *argument);
bool group_in_session(int id, int session);

/* What a terminal does for sessions; dev/tty.c registers it. */
struct terminal_ops {
	void (*session_ended)(pid_t session);
	/* Device number (0: none) and foreground group (-1) of a session's terminal. */
	void (*of_session)(pid_t session, dev_t *device, pid_t *foreground);
};
void session_set_terminal_ops(const struct terminal_ops *ops);
/* The leader has ended: its terminal hangs up. */
void session_hang_up(int session);
void session_terminal(int session, dev_t *device, pid_t *foreground);

#endif
