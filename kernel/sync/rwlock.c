/* SPDX-License-Identifier: MIT */
/*
 * Readers and writers wait in one queue, in order of arrival, and the lock is handed over: whoever
 * is woken holds it already. A release hands it to the first waiter, and if that is a reader, to
 * the readers behind it up to the next writer. So a writer waits for the readers before it, the
 * readers after it wait for it, and nobody starves.
 */
#include "sync/rwlock.h"

#include "base/assert.h"
#include "sched/thread.h"

/* A waiter of ours: waitq's, and what it wants. */
struct rwlock_waiter {
	struct waiter waiter;
	struct wait wait;
	bool writer;
};

void rwlock_init(struct rwlock *lock, const char *name, enum lock_rank rank)
{
	waitq_init(&lock->queue, name);
	lock->readers = 0;
	lock->writer = NULL;
#if CONFIG_CHECKS
	lock->name = name;
	lock->rank = rank;
#else
	(void)rank;
#endif
}

static struct rwlock_waiter *first_waiter(struct rwlock *lock)
{
	struct list_node *node = list_first(&lock->queue.waiters);
	struct waiter *waiter = node ? container_of(node, struct waiter, node) : NULL;

	return waiter ? container_of(waiter, struct rwlock_waiter, waiter) : NULL;
}

/* Gives the free (or read-held) lock to those at the head of the queue that may have it now. */
static void grant_locked(struct rwlock *lock)
{
	for (;;) {
		struct rwlock_waiter *first = first_waiter(lock);

		if (!first || lock->writer || (first->writer && lock->readers > 0))
			return;
		if (first->writer)
			lock->writer = first->wait.thread;
		else
			lock->readers++;
		waitq_wake_one_locked(&lock->queue);
	}
}

static void lock_slow(struct rwlock *lock, bool writer, uint64_t flags)
{
	struct rwlock_waiter self = {.writer = writer};

	wait_init(&self.wait, WAIT_UNINTERRUPTIBLE, writer ? "rwlock (write)" : "rwlock (read)");
	self.waiter.queue = &lock->queue;
	self.waiter.wait = &self.wait;
	list_push_back(&lock->queue.waiters, &self.waiter.node);
	spin_unlock_irq_restore(&lock->queue.lock, flags);

	int rc = wait_block(&self.wait, TIME_NEVER);
	(void)rc;
	ASSERT(rc == 0);
	waitq_disarm(&self.waiter);
}

void rwlock_read_lock(struct rwlock *lock)
{
	assert_may_sleep("rwlock_read_lock");
	uint64_t flags = spin_lock_irq_save(&lock->queue.lock);

	ASSERT(lock->writer != current);
	if (lock->writer || !list_empty(&lock->queue.waiters)) {
		lock_slow(lock, false, flags);
		return;
	}
	lock->readers++;
	spin_unlock_irq_restore(&lock->queue.lock, flags);
}

void rwlock_write_lock(struct rwlock *lock)
{
	assert_may_sleep("rwlock_write_lock");
	uint64_t flags = spin_lock_irq_save(&lock->queue.lock);

	ASSERT(lock->writer != current);
	if (lock->writer || lock->readers > 0) {
		lock_slow(lock, true, flags);
		return;
	}
	lock->writer = current;
	spin_unlock_irq_restore(&lock->queue.lock, flags);
}

void rwlock_read_unlock(struct rwlock *lock)
{
	uint64_t flags = spin_lock_irq_save(&lock->queue.lock);

	ASSERT(lock->readers > 0 && !lock->writer);
	if (--lock->readers == 0)
		grant_locked(lock);
	spin_unlock_irq_restore(&lock->queue.lock, flags);
}

void rwlock_write_unlock(struct rwlock *lock)
{
	uint64_t flags = spin_lock_irq_save(&lock->queue.lock);

	ASSERT(lock->writer == current);
	lock->writer = NULL;
	grant_locked(lock);
	spin_unlock_irq_restore(&lock->queue.lock, flags);
}

bool rwlock_write_held(const struct rwlock *lock)
{
	return lock->writer == current;
}
