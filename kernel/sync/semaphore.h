/* SPDX-License-Identifier: MIT */
/*
 * A counting semaphore. Raising it while threads wait hands the unit to the first of them: nobody
 * overtakes. It has no owner, so any thread or handler may raise it; and deadlocks in which one
 * takes part are not found (sync/deadlock.h).
 */
#ifndef SYNC_SEMAPHORE_H
#define SYNC_SEMAPHORE_H

#include "sync/waitq.h"

struct semaphore {
	struct wait_queue queue;
	unsigned count; /* [queue.lock]; > 0 only while nobody waits */
};

void semaphore_init(struct semaphore *semaphore, const char *name, unsigned count);
/* Takes a unit, and sleeps until there is one. Thread context, no spinlock held. */
void semaphore_down(struct semaphore *semaphore);
/* The same with an end: 0: taken. -EINTR: an interrupt that the kind allows, -ETIMEDOUT: the
 * deadline (ns since boot) came first; then no unit was taken, and none is lost. */
int must_check semaphore_down_wait(struct semaphore *semaphore, enum wait_kind kind,
				   uint64_t deadline);
/* Without sleeping. Any context but NMI. */
bool must_check semaphore_try_down(struct semaphore *semaphore);
/* Gives a unit. Any context but NMI. */
void semaphore_up(struct semaphore *semaphore);

#endif
