/* SPDX-License-Identifier: MIT */
#include "sync/waitq.h"

#include "lib/abi/errno.h"
#include "sync/mutex.h"

void waitq_init(struct wait_queue *queue, const char *name)
{
	spin_init(&queue->lock, name, RANK_WAITQ);
	list_init(&queue->waiters);
}

static void arm_locked(struct wait_queue *queue, struct waiter *waiter, struct wait *wait,
		       bool relocks)
{
	assert_held(&queue->lock);
	waiter->queue = queue;
	waiter->wait = wait;
	waiter->relocks = relocks;
	list_push_back(&queue->waiters, &waiter->node);
}

void waitq_arm_locked(struct wait_queue *queue, struct waiter *waiter, struct wait *wait)
{
	arm_locked(queue, waiter, wait, true);
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

/* A sleeper that does not relock. It gave up, but a waker may have chosen it meanwhile: then what
 * was handed over is ours. */
static __attribute__((noinline)) int give_up(struct waiter *waiter, int rc)
{
	spin_lock_irq(&waiter->queue->lock);
	bool chosen = waitq_disarm_locked(waiter);
	spin_unlock_irq(&waiter->queue->lock);
	if (!chosen)
		return rc;
	wait_for_waker(waiter->wait);
	return 0;
}

int waitq_sleep_and_unlock(struct wait_queue *queue, enum wait_kind kind, uint64_t deadline,
			   const char *reason)
{
	struct wait wait;
	struct waiter waiter;

	wait_init(&wait, kind, reason);
	arm_locked(queue, &waiter, &wait, false);
	spin_unlock_irqs_off(&queue->lock);
	int rc = wait_block_irqs_off(&wait, deadline);
	return rc ? give_up(&waiter, rc) : 0;
}

static struct waiter *pop_locked(struct wait_queue *queue)
{
	assert_held(&queue->lock);
	if (list_empty(&queue->waiters))
		return NULL;
	return container_of(list_pop_front(&queue->waiters), struct waiter, node);
}

bool waitq_wake_one_locked(struct wait_queue *queue)
{
	struct waiter *waiter = pop_locked(queue);

	if (!waiter)
		return false;
	ASSERT(waiter->relocks);
	wait_wake_irqs_off(waiter->wait);
	return true;
}

void waitq_wake_all_locked(struct wait_queue *queue)
{
	while (waitq_wake_one_locked(queue))
		;
}

/* Drops the lock, before the sleeper is free to take the queue away, or after the wake-up if the
 * sleeper relocks. */
static void wake_and_unlock(struct wait_queue *queue, struct waiter *waiter)
{
	bool relocks = waiter->relocks;

	if (!relocks)
		spin_unlock_irqs_off(&queue->lock);
	wait_wake_irqs_off(waiter->wait);
	if (relocks)
		spin_unlock_irqs_off(&queue->lock);
}

bool waitq_wake_one_and_unlock(struct wait_queue *queue)
{
	struct waiter *waiter = pop_locked(queue);

	if (!waiter)
		return false;
	wake_and_unlock(queue, waiter);
	return true;
}

bool waitq_wake_one(struct wait_queue *queue)
{
	uint64_t flags = spin_lock_irq_save(&queue->lock);
	bool woken = waitq_wake_one_and_unlock(queue);

	if (!woken)
		spin_unlock_irqs_off(&queue->lock);
	irq_restore_and_resched(flags);
	return woken;
}

/* As long as others wait, the queue cannot go: only the last one is woken without the lock. */
void waitq_wake_all(struct wait_queue *queue)
{
	uint64_t flags = spin_lock_irq_save(&queue->lock);
	struct waiter *waiter;

	while ((waiter = pop_locked(queue)) && !list_empty(&queue->waiters))
		wait_wake_irqs_off(waiter->wait);
	if (waiter)
		wake_and_unlock(queue, waiter);
	else
		spin_unlock_irqs_off(&queue->lock);
	irq_restore_and_resched(flags);
}

int waitq_wait_mutex(struct wait_queue *queue, struct mutex *mutex, enum wait_kind kind,
		     uint64_t deadline, const char *reason)
{
	struct wait wait;
	struct waiter waiter;

	wait_init(&wait, kind, reason);
	spin_lock_irq(&queue->lock);
	arm_locked(queue, &waiter, &wait, false);
	spin_unlock_irq(&queue->lock);
	mutex_unlock(mutex);
	int rc = wait_block(&wait, deadline);
	if (rc)
		rc = give_up(&waiter, rc);
	mutex_lock(mutex);
	return rc;
}

int waitq_wait_spin(struct wait_queue *queue, struct spinlock *lock, enum wait_kind kind,
		    uint64_t deadline, const char *reason)
{
	struct wait wait;
	struct waiter waiter;

	wait_init(&wait, kind, reason);
	spin_lock_irq(&queue->lock);
	arm_locked(queue, &waiter, &wait, false);
	spin_unlock_irq(&queue->lock);
	spin_unlock(lock);
	int rc = wait_block(&wait, deadline);
	if (rc)
		rc = give_up(&waiter, rc);
	spin_lock(lock);
	return rc;
}
