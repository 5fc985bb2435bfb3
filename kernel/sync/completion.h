/* SPDX-License-Identifier: MIT */
/*
 * An event that happens once: whoever waits for it is released, and whoever comes later does not
 * wait. To count events, take a semaphore.
 *
 * The struct may be freed as soon as the last waiter has come back: completion_complete() does not
 * touch it after it let a waiter see the event.
 */
#ifndef SYNC_COMPLETION_H
#define SYNC_COMPLETION_H

#include "sync/waitq.h"

struct completion {
	struct wait_queue queue;
	bool complete; /* [queue.lock] never back to false */
};

void completion_init(struct completion *completion, const char *name);
/* The event has happened: all waiters go on. A second time changes nothing. Any context but NMI. */
void completion_complete(struct completion *completion);
/* Waits for the event. Thread context, no spinlock held. */
void completion_wait(struct completion *completion);
/* The same, but an interrupt of that kind (-EINTR) or the deadline (ns since boot; -ETIMEDOUT) ends
 * it earlier. 0: the event has happened; that wins over the other two. */
int must_check completion_wait_until(struct completion *completion, enum wait_kind kind,
				     uint64_t deadline);

#endif
