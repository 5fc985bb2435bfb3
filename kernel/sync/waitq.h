/* SPDX-License-Identifier: MIT */
/*
 * The wait queue: threads that wait for something to happen to an object, in order of arrival. Two
 * ways to use it.
 *
 * (1) Sleeping locks and counters hold queue->lock while they decide, and sleep by
 * waitq_sleep_locked(); a waker pops the first waiter and hands it what it wanted:
 *
 *      flags = spin_lock_irq_save(&b->queue.lock);
 *      if (++b->arrived < b->parties)
 *              rc = waitq_sleep_locked(&b->queue, flags, …);   // woken: all have come
 *      else
 *              waitq_wake_all_locked(&b->queue);
 *      spin_unlock_irq_restore(&b->queue.lock, flags);
 *
 * (2) Where the condition has a lock of its own, or there are several queues (poll): arm a waiter
 * on each queue, test the condition, wait_block(), disarm each. Arm before the test: a
 * wake-up between the two is then kept in the wait.
 *
 * When may a sleeper go, and take its waiter and even the queue along (a semaphore on its stack)?
 * Not while a waker still uses them. Mostly it takes the queue's lock once more, which the waker
 * has held over the wake-up; that is simple, and the only way for one wait in several queues. Where
 * it counts (20 instructions of a sleep) the sleeper does not relock: waitq_sleep_and_unlock(),
 * waitq_wait_mutex(). Then the waker takes the waiter off under the lock, lets go of the lock and
 * does not come back to the queue or the waiter; and with its wake-up, which is last, it is done
 * with the wait as well (sched/sleep.h). Who gave up relocks all the same, and if it finds itself
 * taken off, the wake-up is on its way and is waited for.
 */
#ifndef SYNC_WAITQ_H
#define SYNC_WAITQ_H

#include "base/spinlock.h"
#include "lib/list.h"
#include "sched/sleep.h"

struct wait_queue {
	struct spinlock lock; /* taken with interrupts off: handlers wake */
	struct list waiters;  /* [lock] struct waiter, first come first */
};

/* One wait's place in one queue; on the sleeper's stack (poll: in its table). */
struct waiter {
	struct list_node node;    /* [queue->lock] unlinked by the waker */
	struct wait_queue *queue; /* const while armed; NULL: not armed */
	struct wait *wait;        /* const while armed */
	bool relocks;             /* const while armed: takes the lock once more before it goes */
};

void waitq_init(struct wait_queue *queue, const char *name);
#define WAITQ_INIT(variable, lock_name)                       \
	{                                                     \
		.lock = SPINLOCK_INIT(lock_name, RANK_WAITQ), \
		.waiters = LIST_INIT((variable).waiters)      \
	}

void waitq_arm(struct wait_queue *queue, struct waiter *waiter, struct wait *wait);
void waitq_arm_locked(struct wait_queue *queue, struct waiter *waiter, struct wait *wait);
/* Always relocks the queue: after it returns no waker knows the waiter any more. True: it had been
 * woken. */
bool waitq_disarm(struct waiter *waiter);
bool waitq_disarm_locked(struct waiter *waiter);

/* Enter and leave with queue->lock held, taken by spin_lock_irq_save() that returned `flags`;
 * sleeps without it. 0: a waker popped us; -EINTR, -ETIMEDOUT: we took ourselves off, no waker
 * chose us. */
int must_check waitq_sleep_locked(struct wait_queue *queue, uint64_t flags, enum wait_kind kind,
				  uint64_t deadline, const char *reason);

/* Enter with queue->lock held, taken by spin_lock_irq(); returns without it and with interrupts
 * on. Likewise 0: a waker popped us. Wakers must be those that let go of the lock. */
int must_check waitq_sleep_and_unlock(struct wait_queue *queue, enum wait_kind kind,
				      uint64_t deadline, const char *reason);

/* Wakes the first waiter / all. True: there was one. Any context but NMI. */
bool waitq_wake_one(struct wait_queue *queue);
void waitq_wake_all(struct wait_queue *queue);
/* The lock is held, before and after: for waiters that relock. */
bool waitq_wake_one_locked(struct wait_queue *queue);
void waitq_wake_all_locked(struct wait_queue *queue);
/* The lock is held, before; and after, if there was no waiter (false). Interrupts stay off. */
bool waitq_wake_one_and_unlock(struct wait_queue *queue);

/* Drops `lock` after arming and takes it again before returning: waits for one wake-up of the
 * queue. The caller re-tests its condition. Returns as wait_block(). */
struct mutex;
int must_check waitq_wait_mutex(struct wait_queue *queue, struct mutex *mutex, enum wait_kind kind,
				uint64_t deadline, const char *reason);
int must_check waitq_wait_spin(struct wait_queue *queue, struct spinlock *lock, enum wait_kind kind,
			       uint64_t deadline, const char *reason);

#endif
