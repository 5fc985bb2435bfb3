/* SPDX-License-Identifier: MIT */
/*
 * A sleeping lock for many readers or one writer. A waiting writer holds new readers back, and when
 * it leaves, the readers that waited go first: neither side starves. A reader must not take it
 * again (a writer may have come between).
 */
#ifndef SYNC_RWLOCK_H
#define SYNC_RWLOCK_H

#include "sync/waitq.h"

struct thread;

struct rwlock {
	struct wait_queue queue; /* its lock guards the rest */
	unsigned readers;        /* that hold it */
	struct thread *writer;   /* that holds it */
#if CONFIG_CHECKS
	const char *name;
	enum lock_rank rank;
#endif
};

void rwlock_init(struct rwlock *lock, const char *name, enum lock_rank rank);
void rwlock_read_lock(struct rwlock *lock);
void rwlock_read_unlock(struct rwlock *lock);
void rwlock_write_lock(struct rwlock *lock);
void rwlock_write_unlock(struct rwlock *lock);
bool rwlock_write_held(const struct rwlock *lock); /* by the current thread */

#endif
