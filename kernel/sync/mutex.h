/* SPDX-License-Identifier: MIT */
/*
 * A sleeping lock with an owner; waiters get it in order of arrival, by hand-over. Thread context,
 * no spinlock held. Checked builds follow ranks (base/lock_rank.h) and owners.
 */
#ifndef SYNC_MUTEX_H
#define SYNC_MUTEX_H

#include "sync/deadlock.h"

struct mutex {
	/* [atomic] The owner, NULL when free, with MUTEX_CONTENDED in bit 0 while the queue may not
	 * be empty. */
	_Atomic uintptr_t owner;
	struct wait_queue queue;
	struct lock_check check;
};

void mutex_init(struct mutex *mutex, const char *name, enum lock_rank rank);
void mutex_lock(struct mutex *mutex);
/* A second one of the same rank, in the order its users document. */
void mutex_lock_nested(struct mutex *mutex);
/* 0: it is ours. -EINTR: interrupted, if the kind allows that; -ETIMEDOUT: the deadline (ns since
 * boot, TIME_NEVER: none) came first. Then it is not, and nobody overtook anybody because of it. */
int must_check mutex_lock_wait(struct mutex *mutex, enum wait_kind kind, uint64_t deadline);
bool must_check mutex_trylock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
bool mutex_held(const struct mutex *mutex); /* by the current thread */

#endif
