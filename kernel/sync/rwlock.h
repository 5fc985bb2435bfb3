/* SPDX-License-Identifier: MIT */
/*
 * A sleeping lock for many readers or one writer, given in order of arrival: a writer waits for the
 * readers before it, the readers after it wait for it, and those that wait side by side go
 * together. So neither side starves, however busy the other is. A reader must not take it again: a
 * writer may have come between.
 *
 * Thread context, no spinlock held. Checked builds follow ranks (base/lock_rank.h), owners and
 * readers.
 */
#ifndef SYNC_RWLOCK_H
#define SYNC_RWLOCK_H

#include "sync/deadlock.h"

struct thread;

struct rwlock {
	struct wait_queue queue; /* its lock guards the rest */
	unsigned readers;        /* that hold it */
	struct thread *writer;   /* that holds it */
	struct lock_check check;
};

void rwlock_init(struct rwlock *lock, const char *name, enum lock_rank rank);

void rwlock_read_lock(struct rwlock *lock);
void rwlock_write_lock(struct rwlock *lock);
/* 0: it is ours. -EINTR: interrupted, if the kind allows that; -ETIMEDOUT: the deadline (ns since
 * boot) came first. Then it is not, and whoever waited for us alone goes on. */
int must_check rwlock_read_lock_wait(struct rwlock *lock, enum wait_kind kind, uint64_t deadline);
int must_check rwlock_write_lock_wait(struct rwlock *lock, enum wait_kind kind, uint64_t deadline);
/* Without waiting; a reader does not overtake a writer that waits. Thread context. */
bool must_check rwlock_read_trylock(struct rwlock *lock);
bool must_check rwlock_write_trylock(struct rwlock *lock);

void rwlock_read_unlock(struct rwlock *lock);
void rwlock_write_unlock(struct rwlock *lock);
bool rwlock_write_held(const struct rwlock *lock); /* by the current thread */

#endif
