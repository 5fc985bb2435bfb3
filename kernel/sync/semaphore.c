/* SPDX-License-Identifier: MIT */
#include "sync/semaphore.h"

#include "arch/rare.h"

void semaphore_init(struct semaphore *semaphore, const char *name, unsigned count)
{
	waitq_init(&semaphore->queue, name);
	semaphore->count = count;
}

int semaphore_down_wait(struct semaphore *semaphore, enum wait_kind kind, uint64_t deadline)
{
	struct wait_queue *queue = &semaphore->queue;

	spin_lock_irq(&queue->lock);
	if (semaphore->count == 0)
		/* 0: semaphore_up() woke us instead of counting, so the unit is ours */
		return waitq_sleep_and_unlock(queue, kind, deadline, "semaphore");
	semaphore->count--;
	spin_unlock_irq(&queue->lock);
	return 0;
}

HOT void semaphore_down(struct semaphore *semaphore)
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

HOT void semaphore_up(struct semaphore *semaphore)
{
	uint64_t flags = spin_lock_irq_save(&semaphore->queue.lock);

	if (!waitq_wake_one_and_unlock(&semaphore->queue)) {
		semaphore->count++;
		spin_unlock_irqs_off(&semaphore->queue.lock);
	}
	irq_restore_and_resched(flags);
}
