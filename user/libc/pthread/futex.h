/* SPDX-License-Identifier: MIT */
/*
 * A futex: one word in memory that threads agree on, and a system call to sleep until it changes.
 *
 * All that the kernel does is this: futex_wait() puts the caller to sleep if the word still has
 * the value that the caller saw, and it looks and goes to sleep in one step; futex_wake() wakes
 * threads that sleep on that word. What the values mean is the business of those who use them: the
 * head of each file here tells it for one kind of object. The kernel is entered only to sleep or to
 * wake a sleeper, so a lock that nobody else wants costs an atomic instruction.
 *
 * Every waiter must look again after it was woken: a wake-up may be meant for what was at this
 * address before. For the same reason futex_wake() may be called with the address of an object
 * that is gone already. Whoever makes a word free lets go of the object in that very instruction:
 * the next owner may destroy it and free its memory at once. So `shared` is read before.
 *
 * `shared` says whether threads of other processes may be waiting: then the kernel must find out
 * what physical memory lies behind the address, otherwise the address itself will do.
 */
#ifndef LIBC_PTHREAD_FUTEX_H
#define LIBC_PTHREAD_FUTEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "lib/abi/errno.h"
#include "lib/abi/futex.h"
#include "point.h"
#include "syscall.h"

/* A point in time at which a wait ends with ETIMEDOUT; NULL stands for "never". */
struct deadline {
	clockid_t clock; /* CLOCK_REALTIME or CLOCK_MONOTONIC */
	const struct timespec *time;
};

/* 0, or EINVAL when it is no time at all. POSIX asks to look only when a wait is needed. */
static inline int deadline_check(const struct deadline *deadline)
{
	if (!deadline)
		return 0;
	if (deadline->clock != CLOCK_REALTIME && deadline->clock != CLOCK_MONOTONIC)
		return EINVAL;
	return (unsigned long)deadline->time->tv_nsec < 1000000000UL ? 0 : EINVAL;
}

static inline int futex_private(bool shared)
{
	return shared ? 0 : FUTEX_PRIVATE_FLAG;
}

/*
 * Sleeps while *word == expected. 0 when woken (or for no reason at all), EAGAIN when the word
 * had changed, EINTR after a signal handler ran, ETIMEDOUT.
 */
static inline int futex_wait_until(_Atomic unsigned int *word, unsigned int expected, bool shared,
				   const struct deadline *deadline)
{
	int operation = FUTEX_WAIT_BITSET | futex_private(shared);

	if (deadline && deadline->time->tv_sec < 0)
		return ETIMEDOUT; /* before 1970: past, and the kernel takes no negative time */
	if (deadline && deadline->clock == CLOCK_REALTIME)
		operation |= FUTEX_CLOCK_REALTIME;
	return (int)-sys_raw(futex, word, operation, expected, deadline ? deadline->time : NULL,
			     NULL, FUTEX_BITSET_MATCH_ANY);
}

static inline int futex_wait(_Atomic unsigned int *word, unsigned int expected, bool shared)
{
	return futex_wait_until(word, expected, shared, NULL);
}

/* The same as a cancellation point: also ECANCELED, upon which the caller tidies up and calls
 * point_cancelled(). A wait that was woken is never cancelled. */
static inline int futex_wait_point(_Atomic unsigned int *word, unsigned int expected, bool shared,
				   const struct deadline *deadline)
{
	int operation = FUTEX_WAIT_BITSET | futex_private(shared);

	if (deadline && deadline->time->tv_sec < 0)
		return ETIMEDOUT;
	if (deadline && deadline->clock == CLOCK_REALTIME)
		operation |= FUTEX_CLOCK_REALTIME;
	return (int)-sys_point_caught(futex, word, operation, expected,
				      deadline ? deadline->time : NULL, NULL,
				      FUTEX_BITSET_MATCH_ANY);
}

#define FUTEX_ALL 0x7fffffff

static inline void futex_wake(_Atomic unsigned int *word, int count, bool shared)
{
	sys_raw(futex, word, FUTEX_WAKE | futex_private(shared), count);
}

#endif
