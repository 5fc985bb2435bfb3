/* SPDX-License-Identifier: MIT */
/*
 * pthread_once(): the first caller initialises, the others wait until that is done.
 *
 *	NEW --first caller--> RUNNING --another caller comes, and sleeps--> AWAITED
 *	 ^                     |    |                                        |   |
 *	 +-- cancelled --------+    +--- finished --> DONE <--- finished: wake all
 */
#include <pthread.h>

#include "futex.h"

enum { NEW = PTHREAD_ONCE_INIT, RUNNING, AWAITED, DONE };

static void finish(pthread_once_t *once, unsigned int state)
{
	if (atomic_exchange(once, state) == AWAITED)
		futex_wake(once, FUTEX_ALL, false);
}

static void undo(void *once)
{
	finish(once, NEW);
}

static void run(pthread_once_t *once, void (*initialise)(void))
{
	pthread_cleanup_push(undo, once);
	initialise();
	pthread_cleanup_pop(0);
	finish(once, DONE);
}

int pthread_once(pthread_once_t *once, void (*initialise)(void))
{
	unsigned int state = atomic_load(once);

	while (state != DONE) {
		if (state == NEW) {
			if (atomic_compare_exchange_strong(once, &state, RUNNING)) {
				run(once, initialise);
				return 0;
			}
			continue;
		}
		if (state == RUNNING && !atomic_compare_exchange_strong(once, &state, AWAITED))
			continue;
		futex_wait(once, AWAITED, false);
		state = atomic_load(once);
	}
	return 0;
}
