/* SPDX-License-Identifier: MIT */
/*
 * The word `owner` is the whole state: 0 free, else the owner's address, with MUTEX_CONTENDED in
 * bit 0 while somebody may be waiting. Uncontended, lock and unlock are one compare-and-swap each.
 * The slow paths decide under the queue's lock; unlock hands the mutex to the first waiter, who
 * finds itself the owner when it wakes.
 */
#include "sync/mutex.h"

#include "base/assert.h"
#include "base/trace.h"
#include "lib/abi/errno.h"
#include "sched/thread.h"

#define MUTEX_CONTENDED 1UL

void mutex_init(struct mutex *mutex, const char *name, enum lock_rank rank)
{
	atomic_init(&mutex->owner, 0);
	waitq_init(&mutex->queue, name);
	lock_check_init(&mutex->check, "mutex", name, rank);
}

static struct thread *owner_of(const struct mutex *mutex)
{
	/* relaxed: only ever compared with `current`, which alone stores and clears itself */
	uintptr_t owner = atomic_load_explicit(&mutex->owner, memory_order_relaxed);

	return (struct thread *)(owner & ~MUTEX_CONTENDED);
}

bool mutex_held(const struct mutex *mutex)
{
	return owner_of(mutex) == current;
}

static bool try_take(struct mutex *mutex)
{
	uintptr_t free = 0;

	/* acquire: what the last owner did happens before what we do */
	return atomic_compare_exchange_strong_explicit(&mutex->owner, &free, (uintptr_t)current,
						       memory_order_acquire, memory_order_relaxed);
}

/* Makes the owner come to the slow path when it unlocks. False: there is no owner any more, it is
 * ours. */
static bool mark_contended_locked(struct mutex *mutex)
{
	uintptr_t owner = atomic_load_explicit(&mutex->owner, memory_order_relaxed);

	for (;;) {
		if (owner == 0 && try_take(mutex))
			return false;
		owner = atomic_load_explicit(&mutex->owner, memory_order_relaxed);
		if (owner != 0 && atomic_compare_exchange_weak_explicit(
					  &mutex->owner, &owner, owner | MUTEX_CONTENDED,
					  memory_order_relaxed, memory_order_relaxed))
			return true;
	}
}

/* For traces. */
static uint64_t name_of(const struct mutex *mutex)
{
	return (uint64_t)lock_check_name(&mutex->check);
}

static __attribute__((noinline)) int lock_slow(struct mutex *mutex, enum wait_kind kind,
					       uint64_t deadline, vaddr_t here)
{
	struct lock_request request;
	int rc = 0;

	spin_lock_irq(&mutex->queue.lock);
	trace(TRACE_LOCK_CONTENDED, (uint64_t)mutex, name_of(mutex));
	if (mark_contended_locked(mutex)) {
		lock_request_init(&request, &mutex->check, true, kind, "mutex", here);
		rc = lock_request_wait_locked(&request, &mutex->queue, deadline);
	}
	if (rc == 0)
		trace(TRACE_LOCK_ACQUIRED, (uint64_t)mutex, name_of(mutex));
	spin_unlock_irq(&mutex->queue.lock);
	return rc;
}

static int lock_from(struct mutex *mutex, enum wait_kind kind, uint64_t deadline, bool nested,
		     vaddr_t here)
{
	lock_check_before(&mutex->check, nested, here);
	int rc = try_take(mutex) ? 0 : lock_slow(mutex, kind, deadline, here);
	if (rc == 0)
		lock_check_taken(&mutex->check, here);
	return rc;
}

void mutex_lock(struct mutex *mutex)
{
	int rc = lock_from(mutex, WAIT_UNINTERRUPTIBLE, TIME_NEVER, false, LOCK_HERE);

	(void)rc;
	ASSERT(rc == 0);
}

void mutex_lock_nested(struct mutex *mutex)
{
	int rc = lock_from(mutex, WAIT_UNINTERRUPTIBLE, TIME_NEVER, true, LOCK_HERE);

	(void)rc;
	ASSERT(rc == 0);
}

int mutex_lock_wait(struct mutex *mutex, enum wait_kind kind, uint64_t deadline)
{
	return lock_from(mutex, kind, deadline, false, LOCK_HERE);
}

bool mutex_trylock(struct mutex *mutex)
{
	bool taken = try_take(mutex);

	if (taken)
		lock_check_taken(&mutex->check, LOCK_HERE);
	return taken;
}

/* The thread that waits first, or NULL. */
static struct thread *first_waiting_locked(struct mutex *mutex)
{
	struct list_node *node = list_first(&mutex->queue.waiters);

	return node ? container_of(node, struct waiter, node)->wait->thread : NULL;
}

static __attribute__((noinline)) void unlock_slow(struct mutex *mutex)
{
	uint64_t flags = spin_lock_irq_save(&mutex->queue.lock);
	struct thread *heir = first_waiting_locked(mutex);
	bool more = heir && list_last(&mutex->queue.waiters) != list_first(&mutex->queue.waiters);

	/* release: what we did happens before what the heir, or the next to take it, does */
	atomic_store_explicit(&mutex->owner, (uintptr_t)heir | (more ? MUTEX_CONTENDED : 0),
			      memory_order_release);
	if (heir)
		trace_other(TRACE_LOCK_HANDOFF, heir->tid, (uint64_t)mutex, name_of(mutex));
	waitq_wake_one_locked(&mutex->queue);
	spin_unlock_irq_restore(&mutex->queue.lock, flags);
}

void mutex_unlock(struct mutex *mutex)
{
	uintptr_t self = (uintptr_t)current;

	lock_check_release(&mutex->check, LOCK_HERE);
	if (!atomic_compare_exchange_strong_explicit(&mutex->owner, &self, 0, memory_order_release,
						     memory_order_relaxed))
		unlock_slow(mutex);
}
