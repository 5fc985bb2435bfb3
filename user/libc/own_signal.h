/* SPDX-License-Identifier: MIT */
/*
 * The signal that libc keeps for itself: pthread_cancel() sends it (pthread/cancel.c). A thread
 * that blocked it, or took it with sigwait(), could not be cancelled while it sleeps. So a program
 * can neither handle it nor put it into a set, and it is left out of every set that goes to the
 * kernel for the program or comes back.
 */
#ifndef LIBC_OWN_SIGNAL_H
#define LIBC_OWN_SIGNAL_H

#include <signal.h>
#include <stddef.h>

#include "syscall.h"

#define SIGCANCEL KERNEL_SIGRTMIN

/* What the kernel is to be given for a program's set, which may be NULL, at `*copy`. */
static inline const sigset_t *own_signal_left_out(const sigset_t *set, sigset_t *copy)
{
	if (!set)
		return NULL;
	*copy = *set & ~SIGSET_BIT(SIGCANCEL);
	return copy;
}

/* sigprocmask(), with -errno as result. */
static inline long own_signal_mask(int how, const sigset_t *set, sigset_t *old)
{
	sigset_t copy;
	long result = sys_raw(rt_sigprocmask, how, own_signal_left_out(set, &copy), old,
			      sizeof(sigset_t));

	if (result == 0 && old)
		*old &= ~SIGSET_BIT(SIGCANCEL);
	return result;
}

/* sigaction() for any signal. */
int libc_sigaction(int number, const struct sigaction *action, struct sigaction *old);

#endif
