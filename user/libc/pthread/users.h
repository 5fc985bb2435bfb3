/* SPDX-License-Identifier: MIT */
/*
 * Who may still look at an object: what makes it safe to destroy one right after its last use.
 *
 * A thread that was woken up has left the queue, but not yet the function that it slept in. Who
 * woke it may meanwhile take the object for unused, destroy it and free its memory. So whoever may
 * sleep counts itself in and, as the very last look at the object, out; destroying waits for the
 * count to be 0. The top bit says that somebody waits for that.
 */
#ifndef LIBC_PTHREAD_USERS_H
#define LIBC_PTHREAD_USERS_H

#include "futex.h"

#define USERS_DRAINING 0x80000000U

static inline void users_enter(_Atomic unsigned int *users)
{
	atomic_fetch_add(users, 1);
}

static inline void users_leave(_Atomic unsigned int *users, bool shared)
{
	if (atomic_fetch_sub(users, 1) == (USERS_DRAINING | 1))
		futex_wake(users, 1, shared);
}

static inline void users_drain(_Atomic unsigned int *users, bool shared)
{
	unsigned int left = atomic_fetch_or(users, USERS_DRAINING) | USERS_DRAINING;

	while (left != USERS_DRAINING) {
		futex_wait(users, left, shared);
		left = atomic_load(users);
	}
}

#endif
