/* SPDX-License-Identifier: MIT */
/*
 * The condition variable: to sleep until another thread says that something may have changed.
 *
 * The futex word is a sequence number that each signal and broadcast increments. A waiter reads it
 * while it still holds the mutex, unlocks the mutex, and sleeps if the number is still the same:
 *
 *	waiter					signaller
 *	(holds the mutex, condition false)
 *	seen = sequence
 *	unlock ------------------------------->	lock, make the condition true, unlock
 *						sequence++
 *						wake one
 *	sleep if sequence == seen
 *
 * Wherever the right column falls in between, no wake-up is lost: either the waiter sleeps and is
 * woken, or the number has changed and it does not sleep. (It would be lost if 2^32 signals fell
 * into that gap.) More waiters than one may return for one signal; therefore a waiter looks at its
 * condition in a loop. A signal never goes only to a thread that began to wait after it: the kernel
 * wakes the one that came first.
 *
 * A broadcast wakes all, and they get the mutex one after the other. The kernel could instead move
 * them to the mutex's queue without waking them (FUTEX_CMP_REQUEUE). But then they would not have
 * left the condition variable while the mutex is held, and who holds it may well destroy it now.
 *
 * `users` counts those who are between entering and their last look at the object (users.h).
 */
#include <errno.h>
#include <pthread.h>

#include "users.h"

static int wait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct deadline *deadline)
{
	int error = deadline_check(deadline);
	bool shared = cond->shared;
	unsigned int seen;
	int lock_error;

	if (error)
		return error;
	users_enter(&cond->users);
	seen = atomic_load(&cond->sequence);
	error = pthread_mutex_unlock(mutex);
	if (error) {
		users_leave(&cond->users, shared);
		return error;
	}
	error = futex_wait_point(&cond->sequence, seen, shared, deadline);
	users_leave(&cond->users, shared);
	lock_error = pthread_mutex_lock(mutex);
	if (error == ECANCELED)
		point_cancelled(); /* with the mutex held, as POSIX wants it */
	if (lock_error)
		return lock_error;
	return error == ETIMEDOUT ? ETIMEDOUT : 0;
}

int pthread_cond_wait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex)
{
	return wait(cond, mutex, NULL);
}

int pthread_cond_clockwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
			   clockid_t clock, const struct timespec *restrict time)
{
	struct deadline deadline = {clock, time};

	return wait(cond, mutex, &deadline);
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
			   const struct timespec *restrict time)
{
	return pthread_cond_clockwait(cond, mutex, cond->clock, time);
}

/* A waiter that this does not see comes after it. */
static bool nobody_waits(pthread_cond_t *cond)
{
	return atomic_load(&cond->users) == 0;
}

static int wake(pthread_cond_t *cond, int count)
{
	bool shared = cond->shared;

	if (nobody_waits(cond))
		return 0;
	atomic_fetch_add(&cond->sequence, 1);
	futex_wake(&cond->sequence, count, shared);
	return 0;
}

int pthread_cond_signal(pthread_cond_t *cond)
{
	return wake(cond, 1);
}

int pthread_cond_broadcast(pthread_cond_t *cond)
{
	return wake(cond, FUTEX_ALL);
}

int pthread_cond_init(pthread_cond_t *restrict cond, const pthread_condattr_t *restrict attributes)
{
	*cond = (pthread_cond_t){0};
	if (attributes) {
		cond->shared = attributes->shared;
		cond->clock = attributes->clock;
	}
	return 0;
}

int pthread_cond_destroy(pthread_cond_t *cond)
{
	users_drain(&cond->users, cond->shared);
	return 0;
}
