/* SPDX-License-Identifier: MIT */
/*
 * The barrier: nobody passes before `threshold` threads have arrived; then the next round begins.
 *
 * Arrivals are numbered, through all rounds, by one counter of 64 bits that never goes back: number
 * n belongs to round n / threshold, and whoever has its round's last number opens it. The futex
 * word is the number of rounds opened, and each thread sleeps until its own is among them.
 *
 *	threshold 3:	0 1 2 | 3 4 5 | 6 ...		arrivals; 2, 5, 8 ... open
 *			round 0 round 1
 *
 * A thread that is through may arrive anew while others of the old round still sleep: it has a
 * number of the next. If two rounds' last ones open at the same time in the wrong order, that opens
 * nothing too early: when number 5 has arrived, so have 0, 1 and 2.
 *
 * `users` makes it safe to destroy the barrier as soon as one thread has passed it (users.h).
 */
#include <errno.h>
#include <pthread.h>

#include "users.h"

int pthread_barrier_init(pthread_barrier_t *restrict barrier,
			 const pthread_barrierattr_t *restrict attributes, unsigned int count)
{
	if (count == 0)
		return EINVAL;
	*barrier = (pthread_barrier_t){
		.threshold = count,
		.shared = attributes ? attributes->shared : 0,
	};
	return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
	if (atomic_load(&barrier->arrived) % barrier->threshold != 0)
		return EBUSY;
	users_drain(&barrier->users, barrier->shared);
	return 0;
}

static void open_round(pthread_barrier_t *barrier)
{
	atomic_fetch_add(&barrier->opened, 1);
	futex_wake(&barrier->opened, FUTEX_ALL, barrier->shared);
}

static void await_round(pthread_barrier_t *barrier, unsigned int round)
{
	unsigned int opened = atomic_load(&barrier->opened);

	while ((int)(opened - round) <= 0) { /* it may wrap around */
		futex_wait(&barrier->opened, opened, barrier->shared);
		opened = atomic_load(&barrier->opened);
	}
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
	bool shared = barrier->shared;
	unsigned long number;
	bool last;

	users_enter(&barrier->users);
	number = atomic_fetch_add(&barrier->arrived, 1);
	last = (number + 1) % barrier->threshold == 0;
	if (last)
		open_round(barrier);
	else
		await_round(barrier, (unsigned int)(number / barrier->threshold));
	users_leave(&barrier->users, shared);
	return last ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}
