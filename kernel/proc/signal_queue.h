/* SPDX-License-Identifier: MIT */
/* What the files of the signal room share; everything else is in proc/signal.h. */
#ifndef PROC_SIGNAL_QUEUE_H
#define PROC_SIGNAL_QUEUE_H

#include "proc/signal.h"

#define SIGNALS_STOP \
	(SIGSET_BIT(SIGSTOP) | SIGSET_BIT(SIGTSTP) | SIGSET_BIT(SIGTTIN) | SIGSET_BIT(SIGTTOU))
#define SIGNALS_IGNORED \
	(SIGSET_BIT(SIGCONT) | SIGSET_BIT(SIGCHLD) | SIGSET_BIT(SIGWINCH) | SIGSET_BIT(SIGURG))
#define SIGNALS_UNBLOCKABLE (SIGSET_BIT(SIGKILL) | SIGSET_BIT(SIGSTOP))

enum default_action { DEFAULT_TERMINATE, DEFAULT_IGNORE, DEFAULT_STOP };
enum default_action signal_default_action(int signal);

/* All of these: the process's signal_lock is held. */

/* The next signal of `wanted` that is pending for the current thread or its process: faults first,
 * then the lowest number. 0: none. */
int signal_next_locked(kernel_sigset_t wanted);
/* Takes `signal`, which is pending for the current thread or its process. */
void signal_take_locked(int signal, siginfo_t *info);
/* Forgets what is pending of `set`, for the process and all its threads. */
void signal_flush_locked(struct process *process, kernel_sigset_t set);
/* Signals of `set` that are pending for the process may be taken by other threads than before:
 * tells them. */
void signal_retarget_locked(struct process *process, kernel_sigset_t set);

/* Builds the frame of a handler on the user's stack and points the registers at the handler. `mask`
 * is what rt_sigreturn puts back. -EFAULT: the stack cannot hold it; nothing was changed. May
 * sleep. */
int must_check signal_push_frame(struct trap_frame *frame, const struct kernel_sigaction *action,
				 const siginfo_t *info, kernel_sigset_t mask);

#endif
