/* SPDX-License-Identifier: MIT */
/*
 * Signals as the shell takes them, and the `trap` builtin's actions, which run between commands.
 *
 * An interactive shell catches SIGINT and SIGTSTP and ignores what else would stop or end it; a
 * shell that runs a script changes nothing unless told to by `trap`, so that ^C ends it together
 * with its commands.
 */
#ifndef SH_TRAPS_H
#define SH_TRAPS_H

#include <signal.h>
#include <stdbool.h>

#define TRAP_EXIT 0 /* in place of a signal's number */

void signals_init(void);

/* In a child: every signal that the shell caught or ignored for itself is as it was at first. */
void signals_restore(void);

/* In a background child of a shell without job control: ^C is not meant for it. */
void signals_ignore_keyboard(void);

/* In a forked copy of the shell: forgets the actions, except those that ignore. */
void traps_clear(void);

/* Blocks all signals; for the time that a child needs to become itself. */
void signals_block(sigset_t *old);
void signals_unblock(const sigset_t *old);

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
