/* SPDX-License-Identifier: MIT */
/* Cancellation points, as every program has them; what it takes to be cancelled comes with
 * pthread_cancel() (pthread/cancel.c), and before nothing here can happen. */
#include "point.h"

#include <errno.h>
#include <pthread.h>

#include "lib/util.h"
#include "thread.h"

/* Known to point.asm. */
STATIC_ASSERT(offsetof(struct thread_block, cancelled) == 112);
STATIC_ASSERT(offsetof(struct thread_block, cancel_disabled) == 116);

/* In the program if anything there can end a thread but its process. */
void pthread_exit(void *result) __attribute__((weak));

void point_cancelled(void)
{
	atomic_store(&thread_self()->cancel_disabled, true);
	pthread_exit(PTHREAD_CANCELED);
}

long libc_point_failed_caught(long number, long result)
{
	struct thread_block *self = thread_self();

	/* Interrupted by the cancellation's own signal, perhaps, in a call that never restarts. */
	if (result == -EINTR && number != SYS_close && !atomic_load(&self->cancel_disabled) &&
	    atomic_load(&self->cancelled))
		return -ECANCELED;
	return result;
}

long libc_point_failed(long number, long result)
{
	result = libc_point_failed_caught(number, result);
	if (result == -ECANCELED && atomic_load(&thread_self()->cancelled))
		point_cancelled();
	return result;
}
