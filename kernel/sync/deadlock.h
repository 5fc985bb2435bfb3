/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a lock that has an owner, and the search for deadlocks among those who wait.
 *
 * The graph: a thread waits for a lock, the lock is held by threads, one of these waits for a lock
 * … A thread that is about to sleep for ever walks it, and panics with the whole cycle when the
 * walk comes back to itself. Only waits that nothing but the lock can end are in the graph: who can
 * be interrupted, or has a deadline, will give up one day and release what it holds.
 */
#ifndef SYNC_DEADLOCK_H
#define SYNC_DEADLOCK_H

#include "sync/lock_check.h"
#include "sync/waitq.h"

/* A thread that waits for a mutex or a rwlock: what hangs in the lock's wait queue. On its stack.
 */
struct lock_request {
	/* const while it waits */
	struct waiter waiter;
	struct wait wait;
	bool exclusive; /* false: it wants a share of a rwlock */
#if CONFIG_CHECKS
	struct lock_check *lock;
	vaddr_t place; /* where it was asked for */
	/* [graph_lock] of the walk that came by last */
	uint64_t walk;
	struct lock_request *from; /* whom the walk came from: that one waits for this one */
	struct lock_request *next; /* to visit; then, in the cycle that was found */
#endif
};

void lock_request_init(struct lock_request *request, struct lock_check *lock, bool exclusive,
		       enum wait_kind kind, const char *reason, vaddr_t place);
/*
 * Waits in `queue` for the lock; enters and leaves with queue->lock held, taken by spin_lock_irq().
 * 0: a waker has handed us the lock; -EINTR, -ETIMEDOUT: we left the queue without it. Panics when
 * it would be a deadlock.
 */
int must_check lock_request_wait_locked(struct lock_request *request, struct wait_queue *queue,
					uint64_t deadline);

#endif
