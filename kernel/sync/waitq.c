/* SPDX-License-Identifier: MIT */
#include "sync/waitq.h"

#include "lib/abi/errno.h"
#include "sync/mutex.h"

void waitq_init(struct wait_queue *queue, const char *name)
{
	spin_init(&queue->lock, name, RANK_WAITQ);
	list_init(&queue->waiters);
}

void waitq_arm_locked(struct wait_queue *queue, struct waiter *waiter, struct wait *wait)
{
	assert_held(&queue->lock);
	list_node_init(&waiter->node);
	waiter->queue = queue;
	waiter->wait = wait;
	list_push_back(&queue->waiters, &waiter->node);
}

void waitq_arm(struct wait_queue *queue, struct waiter *waiter, struct wait *wait)
{
	uint64_t flags = spin_lock_irq_save(&queue->lock);

	waitq_arm_locked(queue, waiter, wait);
	spin_unlock_irq_restore(&queue->lock, flags);
}

bool waitq_disarm_locked(struct waiter *waiter)
{
	bool woken = !list_linked(&waiter->node);

	if (!woken)
		list_remove(&waiter->node);
	return woken;
}

bool waitq_disarm(struct waiter *waiter)
{
	struct wait_queue *queue = waiter->queue;

	/* Even when we have been woken: the waker may still be in wait_wake(), with the lock
	 * held. */
	uint64_t flags = spin_lock_irq_save(&queue->lock);
	bool woken = waitq_disarm_locked(waiter);
	spin_unlock_irq_restore(&queue->lock, flags);
	waiter->queue = NULL;
	return woken;
}

int waitq_sleep_locked(struct wait_queue *queue, uint64_t flags, enum wait_kind kind,
		       uint64_t deadline, const char *reason)
{
	struct wait wait;
	struct waiter waiter;

	wait_init(&wait, kind, reason);
	waitq_arm_locked(queue, &waiter, &wait);
	spin_unlock_irq_restore(&queue->lock, flags);

	int rc = wait_block(&wait, deadline);

	flags = spin_lock_irq_save(&queue->lock);
	/* A waker may have chosen us after wait_block() gave up: then what it handed over is
	 * ours. */
	return waitq_disarm_locked(&waiter) ? 0 : rc;
}

bool waitq_wake_one_locked(struct wait_queue *queue)
{
	assert_held(&queue->lock);
	struct list_node *node = list_pop_front(&queue->waiters);

	if (!node)
		return false;
	wait_wake(container_of(node, struct waiter, node)->wait);
	return true;
}

void waitq_wake_all_locked(struct wait_queue *queue)
{
	while (waitq_wake_one_locked(queue))
		;
}

bool waitq_wake_one(struct wait_queue *queue)
{
	uint64_t flags = spin_lock_irq_save(&queue->lock);
	bool woken = waitq_wake_one_locked(queue);

	spin_unlock_irq_restore(&queue->lock, flags);
	return woken;
}

void waitq_wake_all(struct wait_queue *queue)
{
	uint64_t flags = spin_lock_irq_save(&queue->lock);

	waitq_wake_all_locked(queue);
	spin_unlock_irq_restore(&queue->lock, flags);
}

int waitq_wait_mutex(struct wait_queue *queue, struct mutex *mutex, enum wait_kind kind,
		     uint64_t deadline, const char *reason)
{
	struct wait wait;
	struct waiter waiter;

	wait_init(&wait, kind, reason);
	waitq_arm(queue, &waiter, &wait);
	mutex_unlock(mutex);
	int rc = wait_block(&wait, deadline);
	/* Chosen by a waker all the same: nobody else has this wake-up. */
	if (waitq_disarm(&waiter))
		rc = 0;
	mutex_lock(mutex);
	return rc;
}

int waitq_wait_spin(struct wait_queue *queue, struct spinlock *lock, enum wait_kind kind,
		    uint64_t deadline, const char *reason)
{
	struct wait wait;
	struct waiter waiter;

	wait_init(&wait, kind, reason);
	waitq_arm(queue, &waiter, &wait);
	spin_unlock_no_resched(lock);
	int rc = wait_block(&wait, deadline);
	if (waitq_disarm(&waiter))
		rc = 0;
	spin_lock(lock);
	return rc;
}
