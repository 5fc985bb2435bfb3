/* SPDX-License-Identifier: MIT */
#include "sync/semaphore.h"

void semaphore_init(struct semaphore *semaphore, const char *name, unsigned count)
{
	waitq_init(&semaphore->queue, name);
	semaphore->count = count;
}

int semaphore_down_wait(struct semaphore *semaphore, enum wait_kind kind, uint64_t deadline)
{
	struct wait_queue *queue = &semaphore->queue;
	int rc = 0;
	uint64_t flags = spin_lock_irq_save(&queue->lock);

	if (semaphore->count > 0)
		semaphore->count--;
	else
		/* 0: semaphore_up() woke us instead of counting, so the unit is ours */
		rc = waitq_sleep_locked(queue, flags, kind, deadline, "semaphore");
	spin_unlock_irq_restore(&queue->lock, flags);
	return rc;
}

void semaphore_down(struct semaphore *semaphore)
{
	int rc = semaphore_down_wait(semaphore, WAIT_UNINTERRUPTIBLE, TIME_NEVER);

	(void)rc;
	ASSERT(rc == 0);
}

bool semaphore_try_down(struct semaphore *semaphore)
{
	uint64_t flags = spin_lock_irq_save(&semaphore->queue.lock);
	bool taken = semaphore->count > 0;

	if (taken)
		semaphore->count--;
	spin_unlock_irq_restore(&semaphore->queue.lock, flags);
	return taken;
}

void semaphore_up(struct semaphore *semaphore)
{
	uint64_t flags = spin_lock_irq_save(&semaphore->queue.lock);

	if (!waitq_wake_one_locked(&semaphore->queue))
		semaphore->count++;
	spin_unlock_irq_restore(&semaphore->queue.lock, flags);
}
