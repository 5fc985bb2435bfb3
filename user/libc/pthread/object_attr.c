/* SPDX-License-Identifier: MIT */
/* Attributes of mutexes, condition variables, read-write locks and barriers. */
#include <errno.h>
#include <pthread.h>

/* 0, or EINVAL, and then nothing is set. */
static int set_shared(int *to, int shared)
{
	if (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED)
		return EINVAL;
	*to = shared;
	return 0;
}

int pthread_mutexattr_init(pthread_mutexattr_t *attributes)
{
	*attributes = (pthread_mutexattr_t){.type = PTHREAD_MUTEX_DEFAULT};
	return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes)
{
	(void)attributes;
	return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type)
{
	if (type != PTHREAD_MUTEX_NORMAL && type != PTHREAD_MUTEX_RECURSIVE &&
	    type != PTHREAD_MUTEX_ERRORCHECK)
		return EINVAL;
	attributes->type = type;
	return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *restrict attributes, int *restrict type)
{
	*type = attributes->type;
	return 0;
}

int pthread_mutexattr_setpshared(pthread_mutexattr_t *attributes, int shared)
{
	return set_shared(&attributes->shared, shared);
}

int pthread_mutexattr_getpshared(const pthread_mutexattr_t *restrict attributes,
				 int *restrict shared)
{
	*shared = attributes->shared;
	return 0;
}

int pthread_mutexattr_setrobust(pthread_mutexattr_t *attributes, int robust)
{
	if (robust != PTHREAD_MUTEX_STALLED && robust != PTHREAD_MUTEX_ROBUST)
		return EINVAL;
	attributes->robust = robust;
	return 0;
}

int pthread_mutexattr_getrobust(const pthread_mutexattr_t *restrict attributes,
				int *restrict robust)
{
	*robust = attributes->robust;
	return 0;
}

/* Threads have no priorities that a mutex could lend. */
int pthread_mutexattr_setprotocol(pthread_mutexattr_t *attributes, int protocol)
{
	(void)attributes;
	if (protocol == PTHREAD_PRIO_INHERIT || protocol == PTHREAD_PRIO_PROTECT)
		return ENOTSUP;
	return protocol == PTHREAD_PRIO_NONE ? 0 : EINVAL;
}

int pthread_mutexattr_getprotocol(const pthread_mutexattr_t *restrict attributes,
				  int *restrict protocol)
{
	(void)attributes;
	*protocol = PTHREAD_PRIO_NONE;
	return 0;
}

int pthread_condattr_init(pthread_condattr_t *attributes)
{
	*attributes = (pthread_condattr_t){.clock = CLOCK_REALTIME};
	return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attributes)
{
	(void)attributes;
	return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return EINVAL;
	attributes->clock = clock;
	return 0;
}

int pthread_condattr_getclock(const pthread_condattr_t *restrict attributes,
			      clockid_t *restrict clock)
{
	*clock = attributes->clock;
	return 0;
}

int pthread_condattr_setpshared(pthread_condattr_t *attributes, int shared)
{
	return set_shared(&attributes->shared, shared);
}

int pthread_condattr_getpshared(const pthread_condattr_t *restrict attributes, int *restrict shared)
{
	*shared = attributes->shared;
	return 0;
}

int pthread_rwlockattr_init(pthread_rwlockattr_t *attributes)
{
	*attributes = (pthread_rwlockattr_t){0};
	return 0;
}

int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attributes)
{
	(void)attributes;
	return 0;
}

int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *attributes, int shared)
{
	return set_shared(&attributes->shared, shared);
}

int pthread_rwlockattr_getpshared(const pthread_rwlockattr_t *restrict attributes,
				  int *restrict shared)
{
	*shared = attributes->shared;
	return 0;
}

int pthread_barrierattr_init(pthread_barrierattr_t *attributes)
{
	*attributes = (pthread_barrierattr_t){0};
	return 0;
}

int pthread_barrierattr_destroy(pthread_barrierattr_t *attributes)
{
	(void)attributes;
	return 0;
}

int pthread_barrierattr_setpshared(pthread_barrierattr_t *attributes, int shared)
{
	return set_shared(&attributes->shared, shared);
}

int pthread_barrierattr_getpshared(const pthread_barrierattr_t *restrict attributes,
				   int *restrict shared)
{
	*shared = attributes->shared;
	return 0;
}
