/* SPDX-License-Identifier: MIT */
/*
 * A lock for libc's own data, on one word and the futex system call. Not recursive, not for
 * signal handlers. Zeroed memory is an unlocked lock. Without contention neither function enters
 * the kernel.
 *
 * The word is 0 when free, 1 when held, 2 when held and somebody may be asleep: who releases a 2
 * must wake one sleeper. Whoever wakes up takes the lock as a 2, since it cannot know whether it
 * was the last. (U. Drepper, "Futexes Are Tricky", the second mutex.)
 */
#ifndef LIBC_LOCK_H
#define LIBC_LOCK_H

#include <stdatomic.h>
#include <stddef.h>

#include "lib/abi/futex.h"
#include "syscall.h"

struct lock {
	atomic_int word;
};

static inline void lock_acquire(struct lock *lock)
{
	int free = 0;

	if (atomic_compare_exchange_strong_explicit(&lock->word, &free, 1, memory_order_acquire,
						    memory_order_relaxed))
		return;
	while (atomic_exchange_explicit(&lock->word, 2, memory_order_acquire) != 0)
		sys_raw(futex, &lock->word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, NULL);
}

static inline void lock_release(struct lock *lock)
{
	if (atomic_exchange_explicit(&lock->word, 0, memory_order_release) == 2)
		sys_raw(futex, &lock->word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
}

#endif
