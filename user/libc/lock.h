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
#include <stdbool.h>
#include <stddef.h>

#include "lib/abi/futex.h"
#include "syscall.h"

struct lock {
	_Atomic unsigned int word;
};

/* On a bare word, which `flag` says is FUTEX_PRIVATE_FLAG, or 0: shared between processes. */
static inline void lock_word_acquire(_Atomic unsigned int *word, int flag)
{
	unsigned int free = 0;

	if (atomic_compare_exchange_strong_explicit(word, &free, 1, memory_order_acquire,
						    memory_order_relaxed))
		return;
	while (atomic_exchange_explicit(word, 2, memory_order_acquire) != 0)
		sys_raw(futex, word, FUTEX_WAIT | flag, 2, NULL);
}

static inline void lock_word_release(_Atomic unsigned int *word, int flag)
{
	if (atomic_exchange_explicit(word, 0, memory_order_release) == 2)
		sys_raw(futex, word, FUTEX_WAKE | flag, 1);
}

static inline void lock_acquire(struct lock *lock)
{
	lock_word_acquire(&lock->word, FUTEX_PRIVATE_FLAG);
}

static inline bool lock_try(struct lock *lock)
{
	unsigned int free = 0;

	return atomic_compare_exchange_strong_explicit(&lock->word, &free, 1, memory_order_acquire,
						       memory_order_relaxed);
}

static inline void lock_release(struct lock *lock)
{
	lock_word_release(&lock->word, FUTEX_PRIVATE_FLAG);
}

/*
 * The locks that fork() takes while it copies the process, so that the data they guard is whole in
 * the child, which has one thread and would wait for ever for a lock that another held. In this
 * order:
 */
extern struct lock libc_atfork_lock;      /* fork.c */
extern struct lock libc_exit_lock;        /* exit.c */
extern struct lock libc_environment_lock; /* environment.c */
extern struct lock libc_streams_lock;     /* file.c */
extern struct lock libc_keys_lock;        /* pthread/keys.c */
extern struct lock libc_semaphores_lock;  /* pthread/named_semaphore.c */
extern struct lock libc_threads_lock;     /* pthread/threads.c */
extern struct lock libc_heap_lock;        /* malloc.c */
extern struct lock libc_break_lock;       /* memory.c */

#endif
