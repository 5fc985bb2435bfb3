/* SPDX-License-Identifier: MIT */
#include "sync/condvar.h"

void condvar_init(struct condvar *condvar, const char *name)
{
	waitq_init(&condvar->queue, name);
}

int condvar_wait(struct condvar *condvar, struct mutex *mutex, enum wait_kind kind,
		 uint64_t deadline)
{
	return waitq_wait_mutex(&condvar->queue, mutex, kind, deadline, "condition variable");
}

void condvar_signal(struct condvar *condvar)
{
	waitq_wake_one(&condvar->queue);
}

void condvar_broadcast(struct condvar *condvar)
{
	waitq_wake_all(&condvar->queue);
}
