/* SPDX-License-Identifier: MIT */
/* A counting semaphore. `up` with waiters hands the unit to the first of them: nobody overtakes. */
#ifndef SYNC_SEMAPHORE_H
#define SYNC_SEMAPHORE_H

#include "sync/waitq.h"

struct semaphore {
	struct wait_queue queue;
	unsigned count; /* [queue.lock]; > 0 only while nobody waits */
};

void semaphore_init(struct semaphore *semaphore, const char *name, unsigned count);
/* May sleep. */
void semaphore_down(struct semaphore *semaphore);
/* 0, -EINTR, -ETIMEDOUT: then no unit was taken. */
int must_check semaphore_down_wait(struct semaphore *semaphore, enum wait_kind kind,
				   uint64_t deadline);
bool must_check semaphore_try_down(struct semaphore *semaphore);
/* Any context but NMI. */
void semaphore_up(struct semaphore *semaphore);

#endif
