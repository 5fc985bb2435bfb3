/* SPDX-License-Identifier: MIT */
/* A thread's own side of cancellation: whether and when it may be cancelled, and what is to be
 * tidied up then. Apart from cancel.c, so that waiting alone brings no signal handler into a
 * program. */
#include <errno.h>
#include <pthread.h>

#include "point.h"
#include "thread.h"

void pthread_testcancel(void)
{
	struct thread_block *self = thread_self();

	if (atomic_load(&self->cancelled) && !atomic_load(&self->cancel_disabled))
		point_cancelled();
}

int pthread_setcancelstate(int state, int *old)
{
	struct thread_block *self = thread_self();

	if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE)
		return EINVAL;
	if (old)
		*old = atomic_load(&self->cancel_disabled) ? PTHREAD_CANCEL_DISABLE
							   : PTHREAD_CANCEL_ENABLE;
	atomic_store(&self->cancel_disabled, state == PTHREAD_CANCEL_DISABLE);
	if (atomic_load(&self->cancel_asynchronous))
		pthread_testcancel();
	return 0;
}

int pthread_setcanceltype(int type, int *old)
{
	struct thread_block *self = thread_self();

	if (type != PTHREAD_CANCEL_DEFERRED && type != PTHREAD_CANCEL_ASYNCHRONOUS)
		return EINVAL;
	if (old)
		*old = atomic_load(&self->cancel_asynchronous) ? PTHREAD_CANCEL_ASYNCHRONOUS
							       : PTHREAD_CANCEL_DEFERRED;
	atomic_store(&self->cancel_asynchronous, type == PTHREAD_CANCEL_ASYNCHRONOUS);
	if (type == PTHREAD_CANCEL_ASYNCHRONOUS)
		pthread_testcancel();
	return 0;
}

void __pthread_cleanup_push(struct pthread_cleanup *cleanup)
{
	struct thread_block *self = thread_self();

	cleanup->outer = self->cleanups;
	self->cleanups = cleanup;
}

void __pthread_cleanup_pop(struct pthread_cleanup *cleanup, int execute)
{
	thread_self()->cleanups = cleanup->outer;
	if (execute)
		cleanup->function(cleanup->argument);
}
