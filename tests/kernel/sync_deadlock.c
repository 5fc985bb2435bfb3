/* SPDX-License-Identifier: MIT */
/*
 * What checked builds must not stop: cycles of waits that end by themselves, locks that are busy,
 * a spinlock held for long. selftest_checks.c and selftest_locks.c have what they must find.
 */
#include "lib/abi/errno.h"
#include "sync/barrier.h"
#include "sync/mutex.h"
#include "sync/rwlock.h"
#include "tests/kernel/sync_help.h"

static struct mutex one, two;
static struct rwlock book;
static struct barrier meeting;

static void init_locks(unsigned parties)
{
	mutex_init(&one, "one", RANK_NONE);
	mutex_init(&two, "two", RANK_NONE);
	rwlock_init(&book, "book", RANK_NONE);
	barrier_init(&meeting, "meeting", parties);
}

static void take_crosswise(void *argument)
{
	uint64_t *patience = argument;

	mutex_lock(&two);
	barrier_wait(&meeting);
	int rc = mutex_lock_wait(&one, WAIT_UNINTERRUPTIBLE, clock_now() + *patience);
	if (rc == 0)
		mutex_unlock(&one);
	else
		KTEST_EQUAL(rc, -ETIMEDOUT);
	mutex_unlock(&two);
}

KTEST(deadlock_is_none_where_a_deadline_ends_it)
{
	uint64_t patience = 5 * NS_PER_MS;

	for (int i = 0; i < 5; i++) {
		init_locks(2);
		struct kthread *other = kthread_run("crosswise", take_crosswise, &patience);
		mutex_lock(&one);
		barrier_wait(&meeting);
		mutex_lock(&two); /* when the other one has given up */
		mutex_unlock(&two);
		mutex_unlock(&one);
		kthread_join(other);
	}
}

static void write_for_a_while(void *unused)
{
	KTEST_EQUAL(rwlock_write_lock_wait(&book, WAIT_INTERRUPTIBLE, TIME_NEVER), -EINTR);
}

static void lock_then_read(void *unused)
{
	mutex_lock(&one);
	barrier_wait(&meeting);
	rwlock_read_lock(&book); /* behind the writer */
	rwlock_read_unlock(&book);
	mutex_unlock(&one);
}

static void take_one(void *unused)
{
	rwlock_read_lock(&book);
	barrier_wait(&meeting);
	mutex_lock(&one);
	mutex_unlock(&one);
	rwlock_read_unlock(&book);
}

/* A reader waits for the mutex of a thread that waits to read, but behind a writer who can be
 * interrupted. */
KTEST(deadlock_is_none_where_a_writer_may_give_up)
{
	init_locks(3);
	struct kthread *reader = kthread_run("reader", take_one, NULL);
	await_blocked(reader);
	struct kthread *writer = kthread_run("writer", write_for_a_while, NULL);
	await_blocked(writer);
	struct kthread *owner = kthread_run("owner", lock_then_read, NULL);
	await_blocked(owner);
	barrier_wait(&meeting);
	/* Both have passed the barrier and sleep for each other's lock. */
	while (list_length(&one.queue.waiters) == 0 || list_length(&book.queue.waiters) < 2)
		sched_yield();
	await_blocked(reader);
	await_blocked(owner);
	thread_add_work(kthread_thread(writer), WORK_SIGNAL);
	kthread_join(writer);
	kthread_join(reader);
	kthread_join(owner);
}

#define LOCKS 4

enum grip { FREE, OWNED, READ, WRITTEN };

static struct mutex chain[LOCKS];
static struct rwlock shelf[LOCKS];
static _Atomic uint32_t seeds;

static enum grip take(unsigned k, uint32_t *seed)
{
	enum grip grip = random_below(seed, WRITTEN + 1);

	if (grip == OWNED)
		mutex_lock(&chain[k]);
	else if (grip == READ)
		rwlock_read_lock(&shelf[k]);
	else if (grip == WRITTEN)
		rwlock_write_lock(&shelf[k]);
	return grip;
}

static void leave(unsigned k, enum grip grip)
{
	if (grip == OWNED)
		mutex_unlock(&chain[k]);
	else if (grip == READ)
		rwlock_read_unlock(&shelf[k]);
	else if (grip == WRITTEN)
		rwlock_write_unlock(&shelf[k]);
}

/* Takes some of the locks, upward, holding on to them; every wait is for ever and walks the graph
 * while others are handed what they waited for. */
static void climb(void *unused)
{
	uint32_t seed = ++seeds;
	enum grip grips[LOCKS];

	for (int i = 0; i < 500; i++) {
		for (unsigned k = 0; k < LOCKS; k++) {
			grips[k] = take(k, &seed);
			if (random_below(&seed, 4) == 0)
				sched_yield();
		}
		for (unsigned k = 0; k < LOCKS; k++)
			leave(k, grips[k]);
	}
}

KTEST(deadlock_is_none_among_busy_locks)
{
	seeds = 500;
	for (int k = 0; k < LOCKS; k++) {
		mutex_init(&chain[k], "chain", RANK_NONE);
		rwlock_init(&shelf[k], "shelf", RANK_NONE);
	}
	run_crew(8, climb, NULL);
	for (int k = 0; k < LOCKS; k++)
		KTEST_CHECK(list_empty(&chain[k].queue.waiters) &&
			    list_empty(&shelf[k].queue.waiters));
}

/* ---- a spinlock whose owner is slow ---- */

static struct spinlock slow = SPINLOCK_INIT("slow", RANK_PROCESS);
static _Atomic bool held;

static void hold_for_long(void *unused)
{
	uint64_t flags = spin_lock_irq_save(&slow);
	uint64_t end = clock_now() + 1500 * NS_PER_MS;

	held = true;
	while (clock_now() < end)
		cpu_relax();
	spin_unlock_irq_restore(&slow, flags);
}

/* More than 100 timer interrupts would have come in that time, and do come on the CPU that waits;
 * but none on the owner's, so it may be the host that has put it aside. */
KTEST(spinlock_held_long_is_not_stuck)
{
	cpumask_t before = current->affinity;

	if (cpu_count() == 1)
		return;
	held = false;
	KTEST_EQUAL(sched_set_affinity(current, 1), 0);
	struct kthread *owner = kthread_run_on(1, "owner", hold_for_long, NULL);
	while (!held)
		sched_yield();
	uint64_t flags = spin_lock_irq_save(&slow);
	spin_unlock_irq_restore(&slow, flags);
	kthread_join(owner);
	KTEST_EQUAL(sched_set_affinity(current, before), 0);
}
