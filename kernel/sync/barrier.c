/* SPDX-License-Identifier: MIT */
/*
 * The last one wakes all and opens the next round within one hold of the queue's lock. Who is woken
 * belongs to the finished round, however late it runs; who arrives meanwhile belongs to the next.
 */
#include "sync/barrier.h"

void barrier_init(struct barrier *barrier, const char *name, unsigned parties)
{
	ASSERT(parties > 0);
	waitq_init(&barrier->queue, name);
	barrier->parties = parties;
	barrier->arrived = 0;
}

/* Not the last to come. The lock is held, before and after. */
static int wait_for_last(struct barrier *barrier, uint64_t flags, enum wait_kind kind,
			 uint64_t deadline)
{
	barrier->arrived++;
	int rc = waitq_sleep_locked(&barrier->queue, flags, kind, deadline, "barrier");

	if (rc) /* nobody woke us: our round is still this one */
		barrier->arrived--;
	return rc;
}

int barrier_wait_until(struct barrier *barrier, enum wait_kind kind, uint64_t deadline)
{
	int rc = 1;
	uint64_t flags = spin_lock_irq_save(&barrier->queue.lock);

	if (barrier->arrived + 1 < barrier->parties) {
		rc = wait_for_last(barrier, flags, kind, deadline);
	} else {
		barrier->arrived = 0;
		waitq_wake_all_locked(&barrier->queue);
	}
	spin_unlock_irq_restore(&barrier->queue.lock, flags);
	return rc;
}

bool barrier_wait(struct barrier *barrier)
{
	int rc = barrier_wait_until(barrier, WAIT_UNINTERRUPTIBLE, TIME_NEVER);

	ASSERT(rc >= 0);
	return rc > 0;
}
