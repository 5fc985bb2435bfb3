/* SPDX-License-Identifier: MIT */
/*
 * The mutex: a lock with an owner.
 *
 * Its futex word holds the owner's thread number (tid), and two flags:
 *
 *	0		free
 *	tid		held; nobody sleeps
 *	tid | WAITERS	held; somebody may sleep, so who unlocks must wake one
 *	OWNER_DIED...	free, and robust: its owner ended while it held it (robust.c)
 *
 *	            lock                        somebody else comes
 *	    0 ---------------> tid ------------------------------------> tid | WAITERS, and sleeps
 *	    ^                   |                                            |
 *	    +------ unlock -----+          unlock: wake one                  |
 *	    +----------------------------------------------------------------+
 *
 * Unlocking makes the word 0, and the flag is gone with it, although others may still sleep. So a
 * thread that has slept takes the lock as tid | WAITERS: it cannot know whether it was the last
 * one. At worst that costs one wake-up for nobody. The woken thread has no right to the lock: one
 * that comes just then may get it first. That is unfair and fast: the lock is not kept idle until
 * the woken one runs.
 *
 * One exchange frees it, and afterwards the mutex is not looked at any more: the next owner may
 * have destroyed it.
 */
#include <errno.h>

#include "mutex.h"
#include "thread.h"

/* Not in line: what the fast way does not need it need not save. */
#define SLOW __attribute__((noinline))

static unsigned int own_tid(void)
{
	return (unsigned int)thread_tid();
}

static bool owned_by(const pthread_mutex_t *mutex, unsigned int tid)
{
	return (atomic_load_explicit(&mutex->word, memory_order_relaxed) & FUTEX_TID_MASK) == tid;
}

/* Takes it if it has no owner: 0 or EOWNERDEAD. EBUSY otherwise, with the word that was seen. */
static int try_word(pthread_mutex_t *mutex, unsigned int mine, unsigned int *seen)
{
	*seen = 0;
	while (!atomic_compare_exchange_strong_explicit(&mutex->word, seen,
							mine | (*seen & FUTEX_WAITERS),
							memory_order_acquire, memory_order_relaxed))
		if (*seen & FUTEX_TID_MASK)
			return EBUSY;
	return *seen & FUTEX_OWNER_DIED ? EOWNERDEAD : 0;
}

/* Takes it as `mine`, sleeping as long as it has an owner; 0, EOWNERDEAD, ETIMEDOUT, EINVAL. */
static int take_word(pthread_mutex_t *mutex, unsigned int mine, const struct deadline *deadline)
{
	unsigned int seen;
	int error;

	while ((error = try_word(mutex, mine, &seen)) == EBUSY) {
		error = deadline_check(deadline);
		if (error)
			break;
		if (!(seen & FUTEX_WAITERS) &&
		    !atomic_compare_exchange_strong(&mutex->word, &seen, seen | FUTEX_WAITERS))
			continue;
		error = futex_wait_until(&mutex->word, seen | FUTEX_WAITERS, mutex->shared,
					 deadline);
		if (error == ETIMEDOUT)
			break;
		mine |= FUTEX_WAITERS;
	}
	return error;
}

/* For robust mutexes: what follows after the attempt to take the word ended with `error`. */
static int begin_ownership(pthread_mutex_t *mutex, int error)
{
	if (error == 0 || error == EOWNERDEAD)
		robust_add(mutex);
	robust_end();
	if (error != 0 && error != EOWNERDEAD)
		return error;
	/* Also if its last owner died: one who was here, and would have let it go. */
	if (mutex->broken == MUTEX_NOT_RECOVERABLE) {
		pthread_mutex_unlock(mutex);
		return ENOTRECOVERABLE;
	}
	if (error == EOWNERDEAD) {
		mutex->broken = MUTEX_INCONSISTENT;
		mutex->depth = 0;
	}
	return error;
}

/* The caller has it already. */
static int lock_again(pthread_mutex_t *mutex, int error)
{
	if (mutex->type != PTHREAD_MUTEX_RECURSIVE)
		return error;
	if (mutex->depth == UINT32_MAX)
		return EAGAIN;
	mutex->depth++;
	return 0;
}

/* All of them but trylock. */
static int lock(pthread_mutex_t *mutex, const struct deadline *deadline)
{
	unsigned int tid = own_tid();
	int error;

	if (mutex->type != PTHREAD_MUTEX_NORMAL && owned_by(mutex, tid))
		return lock_again(mutex, EDEADLK);
	if (!mutex->robust)
		return take_word(mutex, tid, deadline);
	robust_begin(mutex);
	error = take_word(mutex, tid, deadline);
	return begin_ownership(mutex, error);
}

/* Recursive, error checking, shared or robust: not for the fast ways of lock and unlock. (Only a
 * robust one can be broken; it is asked for because the compiler compares four bytes at once.) */
static bool is_special(const pthread_mutex_t *mutex)
{
	return mutex->type != PTHREAD_MUTEX_NORMAL || mutex->shared || mutex->robust ||
	       mutex->broken != MUTEX_WHOLE;
}

/* The fast way: 10 instructions if nobody has it. */
int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	unsigned int free = 0;

	if (!is_special(mutex) &&
	    atomic_compare_exchange_strong_explicit(&mutex->word, &free, own_tid(),
						    memory_order_acquire, memory_order_relaxed))
		return 0;
	return lock(mutex, NULL);
}

int pthread_mutex_clocklock(pthread_mutex_t *restrict mutex, clockid_t clock,
			    const struct timespec *restrict time)
{
	struct deadline deadline = {clock, time};

	return lock(mutex, &deadline);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict time)
{
	return pthread_mutex_clocklock(mutex, CLOCK_REALTIME, time);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	unsigned int tid = own_tid();
	unsigned int seen;
	int error;

	if (mutex->type != PTHREAD_MUTEX_NORMAL && owned_by(mutex, tid))
		return lock_again(mutex, EBUSY);
	if (!mutex->robust)
		return try_word(mutex, tid, &seen);
	robust_begin(mutex);
	error = try_word(mutex, tid, &seen);
	return begin_ownership(mutex, error);
}

/* Makes the word 0: from then on the mutex may be gone. */
static void release_word(pthread_mutex_t *mutex)
{
	bool shared = mutex->shared;

	if (atomic_exchange_explicit(&mutex->word, 0, memory_order_release) & FUTEX_WAITERS)
		futex_wake(&mutex->word, 1, shared);
}

static int unlock_robust(pthread_mutex_t *mutex)
{
	/* Unlocked without pthread_mutex_consistent(): nobody will ever lock it again. */
	if (mutex->broken == MUTEX_INCONSISTENT)
		mutex->broken = MUTEX_NOT_RECOVERABLE;
	robust_begin(mutex);
	robust_remove(mutex);
	release_word(mutex);
	robust_end();
	return 0;
}

static SLOW int unlock_special(pthread_mutex_t *mutex)
{
	if ((mutex->type != PTHREAD_MUTEX_NORMAL || mutex->robust) && !owned_by(mutex, own_tid()))
		return EPERM;
	if (mutex->depth > 0) {
		mutex->depth--;
		return 0;
	}
	if (mutex->robust)
		return unlock_robust(mutex);
	release_word(mutex);
	return 0;
}

static SLOW int wake_private(pthread_mutex_t *mutex)
{
	futex_wake(&mutex->word, 1, false);
	return 0;
}

/* The fast way: 9 instructions if nobody waits. Whose a normal mutex is, is not asked: a child of
 * fork() may unlock what its parent locked. */
int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	if (is_special(mutex))
		return unlock_special(mutex);
	if (atomic_exchange_explicit(&mutex->word, 0, memory_order_release) & FUTEX_WAITERS)
		return wake_private(mutex);
	return 0;
}

int pthread_mutex_consistent(pthread_mutex_t *mutex)
{
	if (!mutex->robust || mutex->broken != MUTEX_INCONSISTENT || !owned_by(mutex, own_tid()))
		return EINVAL;
	mutex->broken = MUTEX_WHOLE;
	return 0;
}

int pthread_mutex_init(pthread_mutex_t *restrict mutex,
		       const pthread_mutexattr_t *restrict attributes)
{
	*mutex = (pthread_mutex_t){0};
	if (attributes) {
		mutex->type = (unsigned char)attributes->type;
		mutex->shared = (unsigned char)attributes->shared;
		mutex->robust = (unsigned char)attributes->robust;
	}
	return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
	return atomic_load(&mutex->word) & FUTEX_TID_MASK ? EBUSY : 0;
}
