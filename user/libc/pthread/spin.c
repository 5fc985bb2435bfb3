/* SPDX-License-Identifier: MIT */
/*
 * The spin lock: 0 free, 1 held. Who wants a held one tries again and again, which is right when
 * its owner runs on another CPU and is done in a moment. Reading in between, rather than trying to
 * write, leaves the cache line where it is until it is worth it.
 *
 * In a program the owner may have been preempted, on a single CPU it surely was: so after some
 * tries the CPU is offered to others.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define TRIES 200

int pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
	(void)shared; /* there is no queue, so nothing that differs */
	atomic_store(lock, 0);
	return 0;
}

int pthread_spin_destroy(pthread_spinlock_t *lock)
{
	return atomic_load(lock) ? EBUSY : 0;
}

static bool take(pthread_spinlock_t *lock)
{
	return atomic_exchange_explicit(lock, 1, memory_order_acquire) == 0;
}

int pthread_spin_lock(pthread_spinlock_t *lock)
{
	for (int tries = 0; !take(lock); tries = 0) {
		while (tries++ < TRIES && atomic_load_explicit(lock, memory_order_relaxed))
			__builtin_ia32_pause();
		if (tries > TRIES)
			sched_yield();
	}
	return 0;
}

int pthread_spin_trylock(pthread_spinlock_t *lock)
{
	return take(lock) ? 0 : EBUSY;
}

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
	atomic_store_explicit(lock, 0, memory_order_release);
	return 0;
}
