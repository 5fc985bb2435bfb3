/* SPDX-License-Identifier: MIT */
/*
 * Readers and writers wait in one queue, and the lock is handed over: whoever is woken holds it
 * already. A release hands it to the first waiter, and if that is a reader, to the readers behind
 * it up to the next writer. The same is due when a writer gives up waiting: the readers behind it
 * may have waited only for it.
 */
#include "sync/rwlock.h"

#include "base/assert.h"
#include "sched/thread.h"

void rwlock_init(struct rwlock *lock, const char *name, enum lock_rank rank)
{
	waitq_init(&lock->queue, name);
	lock->readers = 0;
	lock->writer = NULL;
	lock_check_init(&lock->check, "rwlock", name, rank);
}

static struct lock_request *first_waiting_locked(struct rwlock *lock)
{
	struct list_node *node = list_first(&lock->queue.waiters);
	struct waiter *waiter = node ? container_of(node, struct waiter, node) : NULL;

	return waiter ? container_of(waiter, struct lock_request, waiter) : NULL;
}

/* Gives the free (or read-held) lock to those at the head of the queue that may have it now. */
static void grant_locked(struct rwlock *lock)
{
	for (;;) {
		struct lock_request *first = first_waiting_locked(lock);

		if (!first || lock->writer || (first->exclusive && lock->readers > 0))
			return;
		if (first->exclusive)
			lock->writer = first->wait.thread;
		else
			lock->readers++;
		waitq_wake_one_locked(&lock->queue);
	}
}

static bool may_read_locked(const struct rwlock *lock)
{
	return !lock->writer && list_empty(&lock->queue.waiters);
}

static bool may_write_locked(const struct rwlock *lock)
{
	return !lock->writer && lock->readers == 0;
}

/* Waits in line; afterwards the lock is ours, or we were the reason for others to wait. Out of
 * line, as grant_and_unlock(): the common way then saves no registers. */
static __attribute__((noinline)) int wait_and_unlock(struct rwlock *lock, bool writer,
						     enum wait_kind kind, uint64_t deadline,
						     vaddr_t here)
{
	struct lock_request request;

	lock_request_init(&request, &lock->check, writer, kind,
			  writer ? "rwlock (write)" : "rwlock (read)", here);
	int rc = lock_request_wait_locked(&request, &lock->queue, deadline);

	if (rc)
		grant_locked(lock);
	else if (writer)
		lock_check_taken(&lock->check, here);
	else
		lock_check_shared_locked(&lock->check, here);
	spin_unlock_irq(&lock->queue.lock);
	return rc;
}

static inline int read_lock_from(struct rwlock *lock, enum wait_kind kind, uint64_t deadline,
				 vaddr_t here)
{
	lock_check_before(&lock->check, false, here);
	spin_lock_irq(&lock->queue.lock);
	if (!may_read_locked(lock))
		return wait_and_unlock(lock, false, kind, deadline, here);
	lock->readers++;
	lock_check_shared_locked(&lock->check, here);
	spin_unlock_irq(&lock->queue.lock);
	return 0;
}

static inline int write_lock_from(struct rwlock *lock, enum wait_kind kind, uint64_t deadline,
				  vaddr_t here)
{
	lock_check_before(&lock->check, false, here);
	spin_lock_irq(&lock->queue.lock);
	if (!may_write_locked(lock))
		return wait_and_unlock(lock, true, kind, deadline, here);
	lock->writer = current;
	lock_check_taken(&lock->check, here);
	spin_unlock_irq(&lock->queue.lock);
	return 0;
}

void rwlock_read_lock(struct rwlock *lock)
{
	int rc = read_lock_from(lock, WAIT_UNINTERRUPTIBLE, TIME_NEVER, LOCK_HERE);

	(void)rc;
	ASSERT(rc == 0);
}

void rwlock_write_lock(struct rwlock *lock)
{
	int rc = write_lock_from(lock, WAIT_UNINTERRUPTIBLE, TIME_NEVER, LOCK_HERE);

	(void)rc;
	ASSERT(rc == 0);
}

int rwlock_read_lock_wait(struct rwlock *lock, enum wait_kind kind, uint64_t deadline)
{
	return read_lock_from(lock, kind, deadline, LOCK_HERE);
}

int rwlock_write_lock_wait(struct rwlock *lock, enum wait_kind kind, uint64_t deadline)
{
	return write_lock_from(lock, kind, deadline, LOCK_HERE);
}

bool rwlock_read_trylock(struct rwlock *lock)
{
	spin_lock_irq(&lock->queue.lock);
	bool taken = may_read_locked(lock);

	if (taken) {
		lock->readers++;
		lock_check_shared_locked(&lock->check, LOCK_HERE);
	}
	spin_unlock_irq(&lock->queue.lock);
	return taken;
}

bool rwlock_write_trylock(struct rwlock *lock)
{
	spin_lock_irq(&lock->queue.lock);
	bool taken = may_write_locked(lock);

	if (taken) {
		lock->writer = current;
		lock_check_taken(&lock->check, LOCK_HERE);
	}
	spin_unlock_irq(&lock->queue.lock);
	return taken;
}

static __attribute__((noinline)) void grant_and_unlock(struct rwlock *lock)
{
	grant_locked(lock);
	spin_unlock_irq(&lock->queue.lock);
}

void rwlock_read_unlock(struct rwlock *lock)
{
	spin_lock_irq(&lock->queue.lock);
	lock_check_unshare_locked(&lock->check, LOCK_HERE);
	ASSERT(lock->readers > 0 && !lock->writer);
	if (--lock->readers == 0 && !list_empty(&lock->queue.waiters))
		grant_and_unlock(lock);
	else
		spin_unlock_irq(&lock->queue.lock);
}

void rwlock_write_unlock(struct rwlock *lock)
{
	spin_lock_irq(&lock->queue.lock);
	lock_check_release(&lock->check, LOCK_HERE);
	ASSERT(lock->writer == current);
	lock->writer = NULL;
	if (!list_empty(&lock->queue.waiters))
		grant_and_unlock(lock);
	else
		spin_unlock_irq(&lock->queue.lock);
}

bool rwlock_write_held(const struct rwlock *lock)
{
	return lock->writer == current;
}
