/* SPDX-License-Identifier: MIT */
/* Mesa-style condition variable for use with one mutex: test the condition again after every
 * wait. */
#ifndef SYNC_CONDVAR_H
#define SYNC_CONDVAR_H

#include "sync/mutex.h"

struct condvar {
	struct wait_queue queue;
};

void condvar_init(struct condvar *condvar, const char *name);
/* Releases the mutex, sleeps, takes it again. 0: woken; -EINTR, -ETIMEDOUT. */
int must_check condvar_wait(struct condvar *condvar, struct mutex *mutex, enum wait_kind kind,
			    uint64_t deadline);
void condvar_signal(struct condvar *condvar);
void condvar_broadcast(struct condvar *condvar);

#endif
