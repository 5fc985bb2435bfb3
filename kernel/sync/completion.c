/* SPDX-License-Identifier: MIT */
/* Every waiter, the late one too, takes the queue's lock: so it comes back only when the completer
 * has let go of the struct. */
#include "sync/completion.h"

void completion_init(struct completion *completion, const char *name)
{
	waitq_init(&completion->queue, name);
	completion->complete = false;
}

void completion_complete(struct completion *completion)
{
	uint64_t flags = spin_lock_irq_save(&completion->queue.lock);

	completion->complete = true;
	waitq_wake_all_locked(&completion->queue);
	spin_unlock_irq_restore(&completion->queue.lock, flags);
}

int completion_wait_until(struct completion *completion, enum wait_kind kind, uint64_t deadline)
{
	int rc = 0;
	uint64_t flags = spin_lock_irq_save(&completion->queue.lock);

	if (!completion->complete)
		rc = waitq_sleep_locked(&completion->queue, flags, kind, deadline, "completion");
	spin_unlock_irq_restore(&completion->queue.lock, flags);
	return rc;
}

void completion_wait(struct completion *completion)
{
	int rc = completion_wait_until(completion, WAIT_UNINTERRUPTIBLE, TIME_NEVER);

	(void)rc;
	ASSERT(rc == 0);
}
