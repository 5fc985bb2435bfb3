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
/*
 * Releases the mutex, which the caller holds, sleeps, and takes it again before it returns, in
 * every case and however long that takes. Releasing and falling asleep are one step to who signals:
 * no signal between them is lost. 0: woken; -EINTR: an interrupt that the kind allows; -ETIMEDOUT:
 * the deadline (ns since boot). A signal that comes at the same time wins. Thread context.
 */
int must_check condvar_wait(struct condvar *condvar, struct mutex *mutex, enum wait_kind kind,
			    uint64_t deadline);
/* Wakes the first that waits; all of them. With or without the mutex. Any context but NMI. */
void condvar_signal(struct condvar *condvar);
void condvar_broadcast(struct condvar *condvar);

#endif
