/* SPDX-License-Identifier: MIT */
/* Cancellation points, as every program has them; what it takes to be cancelled comes with
 * pthread_cancel() (pthread/cancel.c), and before nothing here can happen. */
#include "point.h"

#include <errno.h>
#include <pthread.h>

#include "thread.h"

long libc_point_syscall(const _Atomic unsigned int *cancelled, long number, long a, long b, long c,
			long d, long e, long f);

/* In the program if anything there can end a thread but its process. */
void pthread_exit(void *result) __attribute__((weak));

void point_cancelled(void)
{
	atomic_store(&thread_self()->cancel_disabled, true);
	pthread_exit(PTHREAD_CANCELED);
}

long libc_point_caught(long number, long a, long b, long c, long d, long e, long f)
{
	struct thread_block *self = thread_self();
	long result;

	if (atomic_load(&self->cancel_disabled))
		return syscall6(number, a, b, c, d, e, f);
	result = libc_point_syscall(&self->cancelled, number, a, b, c, d, e, f);
	/* Interrupted by the cancellation's own signal, perhaps, in a call that never restarts. */
	if (result == -EINTR && number != SYS_close && atomic_load(&self->cancelled))
		return -ECANCELED;
	return result;
}

long libc_point(long number, long a, long b, long c, long d, long e, long f)
{
	long result = libc_point_caught(number, a, b, c, d, e, f);

	if (result == -ECANCELED && atomic_load(&thread_self()->cancelled))
		point_cancelled();
	return result;
}
