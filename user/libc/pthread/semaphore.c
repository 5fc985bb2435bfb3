/* SPDX-License-Identifier: MIT */
/*
 * The semaphore: a number that is never less than 0. post adds one; wait takes one away, and sleeps
 * while there is none.
 *
 * Value and number of sleepers are the two halves of one 64-bit word, so that both change in one
 * instruction; the value's half is the futex.
 *
 *	63        32 31         0
 *	| sleepers  |   value   |
 *
 *	post	value + 1; if it saw sleepers: wake one
 *	wait	value > 0: value - 1
 *		else: sleepers + 1; sleep while value == 0; then value - 1 and sleepers - 1 in one
 *
 * With two words, post would have to look at the second one after it had changed the first; but by
 * then the thread that it let through may have destroyed the semaphore. A sleeper that was woken
 * has no right to the value: one that comes just then may get it, and the sleeper sleeps again.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>

#include "futex.h"
#include "lib/util.h"

#define ONE_SLEEPER (1UL << 32)

STATIC_ASSERT(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

static unsigned int value_of(unsigned long state)
{
	return (unsigned int)state;
}

static _Atomic unsigned int *futex_of(sem_t *sem)
{
	return (_Atomic unsigned int *)&sem->state;
}

/* Takes one, and `also` off the state; false when there is none. */
static bool take(sem_t *sem, unsigned long also)
{
	unsigned long state = atomic_load(&sem->state);

	while (value_of(state) > 0)
		if (atomic_compare_exchange_weak(&sem->state, &state, state - 1 - also))
			return true;
	return false;
}

/* Sleeps until it got one: 0, or an error number. */
static int sleep_and_take(sem_t *sem, const struct deadline *deadline)
{
	int error = 0;

	atomic_fetch_add(&sem->state, ONE_SLEEPER);
	while (!take(sem, ONE_SLEEPER)) {
		error = futex_wait_point(futex_of(sem), 0, sem->shared, deadline);
		if (error && error != EAGAIN) {
			atomic_fetch_sub(&sem->state, ONE_SLEEPER);
			return error;
		}
	}
	return 0;
}

static int wait(sem_t *sem, const struct deadline *deadline)
{
	int error;

	pthread_testcancel();
	if (take(sem, 0))
		return 0;
	error = deadline_check(deadline);
	if (!error)
		error = sleep_and_take(sem, deadline);
	if (!error)
		return 0;
	if (error == ECANCELED)
		point_cancelled();
	errno = error;
	return -1;
}

int sem_wait(sem_t *sem)
{
	return wait(sem, NULL);
}

int sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict time)
{
	struct deadline deadline = {clock, time};

	return wait(sem, &deadline);
}

int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict time)
{
	return sem_clockwait(sem, CLOCK_REALTIME, time);
}

int sem_trywait(sem_t *sem)
{
	if (take(sem, 0))
		return 0;
	errno = EAGAIN;
	return -1;
}

int sem_post(sem_t *sem)
{
	unsigned long state = atomic_load(&sem->state);
	bool shared = sem->shared;

	do {
		if (value_of(state) == SEM_VALUE_MAX) {
			errno = EOVERFLOW;
			return -1;
		}
	} while (!atomic_compare_exchange_weak(&sem->state, &state, state + 1));
	if (state >= ONE_SLEEPER)
		futex_wake(futex_of(sem), 1, shared);
	return 0;
}

int sem_getvalue(sem_t *restrict sem, int *restrict value)
{
	*value = (int)value_of(atomic_load(&sem->state));
	return 0;
}

int sem_init(sem_t *sem, int shared, unsigned int value)
{
	if (value > SEM_VALUE_MAX) {
		errno = EINVAL;
		return -1;
	}
	sem->shared = shared != 0;
	atomic_store(&sem->state, value);
	return 0;
}

int sem_destroy(sem_t *sem)
{
	(void)sem;
	return 0;
}
