/* SPDX-License-Identifier: MIT */
/*
 * Signals as the shell takes them, and the `trap` builtin's actions, which run between commands.
 *
 * An interactive shell catches SIGINT and SIGTSTP and ignores what else would stop or end it; a
 * shell that runs a script changes nothing unless told to by `trap`, so that ^C ends it together
 * with its commands. No shell ignores SIGCHLD, or it could not wait.
 */
#ifndef SH_TRAPS_H
#define SH_TRAPS_H

#include <signal.h>
#include <stdbool.h>

#define TRAP_EXIT 0 /* in place of a signal's number */

void signals_init(void);
void signals_init_interactive(void);

/* In a child: every signal that the shell caught or ignored for itself is as it was at first. */
void signals_restore(void);

/* In a background child of a shell without job control: ^C is not meant for it. */
void signals_ignore_keyboard(void);

/* In a child that is no job, as for $(...), of a shell with job control: none could continue it. */
void signals_ignore_stop(void);

/* In a forked copy of the shell: forgets the actions, except those that ignore. */
void traps_clear(void);

/* Blocks all signals; for the time that a child needs to become itself. */
void signals_block(sigset_t *old);
void signals_unblock(const sigset_t *old);

/*
 * Around looking for what a child or a signal may bring, and sigsuspend(old) where there is nothing
 * yet: what comes between the two is not missed. SIGCHLD wakes too.
 */
void signals_await(sigset_t *old);
void signals_await_no_more(const sigset_t *old);

/* Waits until the descriptor can be read. False if ^C has come, before or now. */
bool signals_await_input(int fd);

/*
 * In a child between vfork and exec, before unblocking: a ^Z that has come must not stop it here,
 * for the shell waits for its exec and could not stop as well. A shell with job control is told to
 * send it on, in the memory they share; another one has got it too, and stops when it goes on.
 */
void signals_postpone_stop(void);

/* True if there is an action to run, or any at all that a later exec would lose. */
bool traps_pending(void);
bool traps_any(void);

void traps_run(void);
void traps_run_exit(void);

int builtin_trap(int argc, char **argv);

#endif
