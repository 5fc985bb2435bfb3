/* SPDX-License-Identifier: MIT */
/*
 * The read-write lock: many readers, or one writer.
 *
 * Counters say who holds it and who waits; a small lock (../lock.h) guards them and is held for
 * some instructions only. Readers and writers sleep on a futex word each.
 *
 *	free		readers 0, writer 0
 *	read		readers > 0
 *	written		writer is the owner's thread number
 *
 * Nobody starves:
 *	- while a writer waits, new readers wait too, so the readers inside become fewer until the
 *	  writer's turn comes;
 *	- when a writer leaves, all readers that wait by then go next, together. They are counted as
 *	  readers before they run (`reader_round` tells them), so no writer slips in before them.
 *
 * A thread that holds a read lock already does not wait behind writers, whichever lock it holds:
 * the writer might be waiting for that very thread.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include "futex.h"
#include "lock.h"
#include "thread.h"

static void enter(pthread_rwlock_t *lock)
{
	lock_word_acquire(&lock->lock, futex_private(lock->shared));
}

static void leave(pthread_rwlock_t *lock)
{
	lock_word_release(&lock->lock, futex_private(lock->shared));
}

/* All readers that wait are readers from now on. */
static void admit_readers(pthread_rwlock_t *lock)
{
	lock->readers += lock->waiting_readers;
	lock->waiting_readers = 0;
	atomic_fetch_add(&lock->reader_round, 1);
}

/* With the small lock held; sleeps without it, and holds it again when it returns. */
static int sleep_on(pthread_rwlock_t *lock, _Atomic unsigned int *round,
		    const struct deadline *deadline)
{
	unsigned int seen = atomic_load(round);
	int error;

	leave(lock);
	error = futex_wait_until(round, seen, lock->shared, deadline);
	enter(lock);
	return error == ETIMEDOUT ? ETIMEDOUT : 0;
}

static int await_admission(pthread_rwlock_t *lock, const struct deadline *deadline)
{
	unsigned int round = atomic_load(&lock->reader_round);
	int error = deadline_check(deadline);

	if (error)
		return error;
	lock->waiting_readers++;
	while (!error && atomic_load(&lock->reader_round) == round)
		error = sleep_on(lock, &lock->reader_round, deadline);
	if (atomic_load(&lock->reader_round) != round)
		return 0;
	lock->waiting_readers--;
	return error;
}

/* `wait` false: EBUSY rather than sleep. */
static int lock_reading(pthread_rwlock_t *lock, bool wait, const struct deadline *deadline)
{
	struct thread_block *self = thread_self();
	int error = 0;

	enter(lock);
	if (lock->writer == thread_tid())
		error = wait ? EDEADLK : EBUSY;
	else if (lock->readers + lock->waiting_readers == UINT_MAX)
		error = EAGAIN;
	else if (!lock->writer && (!lock->waiting_writers || self->read_locks > 0))
		lock->readers++;
	else
		error = wait ? await_admission(lock, deadline) : EBUSY;
	leave(lock);
	if (!error)
		self->read_locks++;
	return error;
}

/* A writer gave up: the readers behind it need not wait any longer, unless there are others. */
static void writer_gives_up(pthread_rwlock_t *lock)
{
	if (lock->waiting_writers > 0 || lock->writer || lock->waiting_readers == 0)
		return;
	admit_readers(lock);
	futex_wake(&lock->reader_round, FUTEX_ALL, lock->shared);
}

static int await_turn(pthread_rwlock_t *lock, const struct deadline *deadline)
{
	int error = deadline_check(deadline);

	if (error)
		return error;
	lock->waiting_writers++;
	while (!error && (lock->writer || lock->readers))
		error = sleep_on(lock, &lock->writer_round, deadline);
	lock->waiting_writers--;
	if (error)
		writer_gives_up(lock);
	return error;
}

static int lock_writing(pthread_rwlock_t *lock, bool wait, const struct deadline *deadline)
{
	int error = 0;

	enter(lock);
	if (lock->writer == thread_tid())
		error = wait ? EDEADLK : EBUSY;
	else if (lock->writer || lock->readers)
		error = wait ? await_turn(lock, deadline) : EBUSY;
	if (!error)
		lock->writer = thread_tid();
	leave(lock);
	return error;
}

/* What follows when nobody holds it any more; with the small lock, which it releases. The futex
 * words are only addresses afterwards: the lock may be gone. */
static void pass_on(pthread_rwlock_t *lock, bool readers_first)
{
	_Atomic unsigned int *round = NULL;
	bool shared = lock->shared;
	int count = 1;

	if (lock->waiting_readers && (readers_first || !lock->waiting_writers)) {
		admit_readers(lock);
		round = &lock->reader_round;
		count = FUTEX_ALL;
	} else if (lock->waiting_writers) {
		round = &lock->writer_round;
		atomic_fetch_add(round, 1);
	}
	leave(lock);
	if (round)
		futex_wake(round, count, shared);
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
	struct thread_block *self = thread_self();

	enter(lock);
	if (lock->writer == thread_tid()) {
		lock->writer = 0;
		pass_on(lock, true);
		return 0;
	}
	if (lock->writer || !lock->readers) {
		leave(lock);
		return EPERM;
	}
	if (self->read_locks > 0)
		self->read_locks--;
	if (--lock->readers == 0)
		pass_on(lock, false);
	else
		leave(lock);
	return 0;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	return lock_reading(lock, true, NULL);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
	return lock_reading(lock, false, NULL);
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t *restrict lock, clockid_t clock,
			       const struct timespec *restrict time)
{
	struct deadline deadline = {clock, time};

	return lock_reading(lock, true, &deadline);
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict lock,
			       const struct timespec *restrict time)
{
	return pthread_rwlock_clockrdlock(lock, CLOCK_REALTIME, time);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	return lock_writing(lock, true, NULL);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
	return lock_writing(lock, false, NULL);
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t *restrict lock, clockid_t clock,
			       const struct timespec *restrict time)
{
	struct deadline deadline = {clock, time};

	return lock_writing(lock, true, &deadline);
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict lock,
			       const struct timespec *restrict time)
{
	return pthread_rwlock_clockwrlock(lock, CLOCK_REALTIME, time);
}

int pthread_rwlock_init(pthread_rwlock_t *restrict lock,
			const pthread_rwlockattr_t *restrict attributes)
{
	*lock = (pthread_rwlock_t){.shared = attributes ? attributes->shared : 0};
	return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
	bool busy;

	enter(lock);
	busy = lock->writer || lock->readers || lock->waiting_readers || lock->waiting_writers;
	leave(lock);
	return busy ? EBUSY : 0;
}
