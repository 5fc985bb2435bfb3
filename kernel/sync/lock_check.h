/* SPDX-License-Identifier: MIT */
/*
 * What checked builds (CHECKS=1) know of a lock that threads sleep for and own: a mutex or a
 * rwlock. Each lock has a struct lock_check, each thread a table of those it holds. From them come
 * the order of ranks, who may release what, that nobody leaves the kernel with a lock, and the
 * wait-for graph (sync/deadlock.h). Broken rules panic with the lock, both places and both threads.
 *
 * Semaphores are no locks in this sense: any thread may raise one, so nobody owns it.
 *
 * Unchecked builds have the same calls, which do nothing. `here` is the address that the message
 * names: LOCK_HERE, in the function that outsiders call.
 */
#ifndef SYNC_LOCK_CHECK_H
#define SYNC_LOCK_CHECK_H

#include "base/lock_place.h"
#include "base/lock_rank.h"
#include "lib/list.h"

#include <stdbool.h>

#define LOCK_HERE (CONFIG_CHECKS ? (vaddr_t)__builtin_return_address(0) : 0)

struct thread;

struct lock_check {
#if CONFIG_CHECKS
	/* const */
	const char *kind, *name; /* "mutex", "inode" */
	enum lock_rank rank;
	/* [owner], set after taking and cleared before releasing it; read by others under the lock
	 * of the wait queue. NULL: nobody holds it alone. */
	struct thread *_Atomic owner;
	struct list readers; /* [lock of the wait queue] struct lock_hold, who share it */
	/* [who holds it] For messages: read by others, when something is wrong. */
	struct lock_place taken, released; /* the last time */
#endif
};

#if CONFIG_CHECKS

void lock_check_init(struct lock_check *check, const char *kind, const char *name,
		     enum lock_rank rank);
/* Before waiting for it: may we sleep, do we have it already, is the order right? `nested`: others
 * of the same rank may be held. */
void lock_check_before(const struct lock_check *check, bool nested, vaddr_t here);
/* It is ours alone. */
void lock_check_taken(struct lock_check *check, vaddr_t here);
/* We share it. The wait queue is locked. */
void lock_check_shared_locked(struct lock_check *check, vaddr_t here);
/* About to release what is ours alone. */
void lock_check_release(struct lock_check *check, vaddr_t here);
/* About to release our share. The wait queue is locked. */
void lock_check_unshare_locked(struct lock_check *check, vaddr_t here);
/* Panics when the current thread holds any; `what` it is about to do. */
void lock_check_none_held(const char *what);

static inline const char *lock_check_name(const struct lock_check *check)
{
	return check->name;
}

#else

static inline void lock_check_init(struct lock_check *check, const char *kind, const char *name,
				   enum lock_rank rank)
{
}

static inline void lock_check_before(const struct lock_check *check, bool nested, vaddr_t here)
{
}

static inline void lock_check_taken(struct lock_check *check, vaddr_t here)
{
}

static inline void lock_check_shared_locked(struct lock_check *check, vaddr_t here)
{
}

static inline void lock_check_release(struct lock_check *check, vaddr_t here)
{
}

static inline void lock_check_unshare_locked(struct lock_check *check, vaddr_t here)
{
}

static inline void lock_check_none_held(const char *what)
{
}

static inline const char *lock_check_name(const struct lock_check *check)
{
	return "lock";
}

#endif

#endif
