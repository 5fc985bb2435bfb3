/* SPDX-License-Identifier: MIT */
/*
 * Mutexes of which is known who owns them, and threads of which is known what they wait for: what a
 * watcher needs to see a deadlock. Include after demo.h.
 */
#ifndef LOCK_H
#define LOCK_H

struct lock {
	pthread_mutex_t mutex;
	const char *name;
	_Atomic int owner; /* number of the thread that has it; 0: nobody */
};

static struct lock *_Atomic waits_for[3]; /* of each thread: they have the numbers 1 and 2 */

/* Takes a lock, or gives up after so many seconds. */
static inline bool take(struct lock *lock, int me, long seconds)
{
	waits_for[me] = lock;
	bool got = lock_within(&lock->mutex, seconds);
	waits_for[me] = NULL;
	if (got)
		lock->owner = me;
	return got;
}

static inline void drop(struct lock *lock)
{
	lock->owner = 0;
	pthread_mutex_unlock(&lock->mutex);
}

#endif
