/* SPDX-License-Identifier: MIT */
/*
 * Mistakes with sleeping locks that a checked kernel must stop at, with a message that names the
 * lock, both places and both threads: tests/boot/checks.py makes each of them and reads the page.
 * Being called selftest_*, they run only when asked for by name.
 */
#include "arch/upcall.h"
#include "mm/uaccess.h"
#include "sync/barrier.h"
#include "sync/mutex.h"
#include "sync/rwlock.h"
#include "sync/semaphore.h"
#include "tests/kernel/sync_help.h"

static struct spinlock spin = SPINLOCK_INIT("spin", RANK_PROCESS);
static struct mutex outer, inner, same;
static struct rwlock book;
static struct barrier meeting;

static void init_locks(void)
{
	mutex_init(&outer, "outer", RANK_TEST_OUTER);
	mutex_init(&same, "same", RANK_TEST_OUTER);
	mutex_init(&inner, "inner", RANK_TEST_INNER);
	rwlock_init(&book, "book", RANK_ASPACE);
	barrier_init(&meeting, "meeting", 2);
}

/* ---- order and owners ---- */

KTEST(selftest_mutex_twice)
{
	init_locks();
	mutex_lock(&outer);
	mutex_lock(&outer);
}

KTEST(selftest_mutex_rank)
{
	init_locks();
	mutex_lock(&inner);
	mutex_lock(&outer);
}

KTEST(selftest_mutex_same_rank)
{
	init_locks();
	mutex_lock(&outer);
	mutex_lock(&same);
}

KTEST(selftest_rwlock_rank)
{
	init_locks();
	rwlock_read_lock(&book);
	mutex_lock(&outer);
}

KTEST(selftest_rwlock_rank_below)
{
	init_locks();
	mutex_lock(&inner);
	rwlock_write_lock(&book);
}

/* It would wait for a writer that waits for it. */
KTEST(selftest_rwlock_read_twice)
{
	init_locks();
	rwlock_read_lock(&book);
	rwlock_read_lock(&book);
}

KTEST(selftest_mutex_unlock_twice)
{
	init_locks();
	mutex_lock(&outer);
	mutex_unlock(&outer);
	mutex_unlock(&outer);
}

KTEST(selftest_rwlock_unlock_twice)
{
	init_locks();
	rwlock_read_lock(&book);
	rwlock_read_unlock(&book);
	rwlock_read_unlock(&book);
}

static void hold_for_ever(void *unused)
{
	struct semaphore never;

	semaphore_init(&never, "never", 0);
	mutex_lock(&outer);
	rwlock_read_lock(&book);
	semaphore_down(&never);
}

KTEST(selftest_mutex_foreign)
{
	init_locks();
	await_blocked(kthread_run("holder", hold_for_ever, NULL));
	mutex_unlock(&outer);
}

KTEST(selftest_rwlock_foreign)
{
	init_locks();
	await_blocked(kthread_run("holder", hold_for_ever, NULL));
	rwlock_read_unlock(&book);
}

KTEST(selftest_thread_ends_with_mutex)
{
	init_locks();
	mutex_lock(&outer);
}

/* ---- sleeping, user memory, the way to user mode ---- */

KTEST(selftest_mutex_under_spinlock)
{
	init_locks();
	spin_lock(&spin);
	mutex_lock(&outer);
}

KTEST(selftest_user_access_under_spinlock)
{
	char byte;

	spin_lock(&spin);
	(void)!copy_from_user(&byte, user_addr(0x1000), 1);
}

/* The kernel's last look before it leaves, without leaving: there is no user mode to go to. */
static void look_back(void)
{
	irq_disable();
	upcall_check_return();
}

KTEST(selftest_return_with_mutex)
{
	init_locks();
	mutex_lock(&outer);
	look_back();
}

KTEST(selftest_return_with_rwlock)
{
	init_locks();
	rwlock_read_lock(&book);
	look_back();
}

KTEST(selftest_return_with_spinlock)
{
	spin_lock(&spin);
	look_back();
}

/* ---- deadlocks, among locks in no order ---- */

static void init_deadlock(unsigned parties)
{
	mutex_init(&outer, "one", RANK_NONE);
	mutex_init(&same, "two", RANK_NONE);
	rwlock_init(&book, "book", RANK_NONE);
	barrier_init(&meeting, "meeting", parties);
}

static void take_two_then_one(void *unused)
{
	mutex_lock(&same);
	barrier_wait(&meeting);
	mutex_lock(&outer);
}

/* Both reach for the second lock at the same moment, on two CPUs if there are. */
KTEST(selftest_deadlock_of_two)
{
	init_deadlock(2);
	kthread_run("partner", take_two_then_one, NULL);
	mutex_lock(&outer);
	barrier_wait(&meeting);
	mutex_lock(&same);
}

static void read_then_take_one(void *unused)
{
	rwlock_read_lock(&book);
	barrier_wait(&meeting);
	mutex_lock(&outer);
}

/* A reader waits for a mutex whose owner waits for the reader to leave. */
KTEST(selftest_deadlock_with_reader)
{
	init_deadlock(2);
	kthread_run("reader", read_then_take_one, NULL);
	mutex_lock(&outer);
	barrier_wait(&meeting);
	rwlock_write_lock(&book);
}

static void write(void *unused)
{
	rwlock_write_lock(&book);
}

/* The owner of the mutex only wants to read, but a writer waits before it. */
KTEST(selftest_deadlock_behind_writer)
{
	init_deadlock(2);
	kthread_run("reader", read_then_take_one, NULL);
	mutex_lock(&outer);
	while (book.readers == 0)
		sched_yield();
	await_blocked(kthread_run("writer", write, NULL));
	barrier_wait(&meeting);
	rwlock_read_lock(&book);
}

#define SEATS 5

static struct mutex forks[SEATS];
static _Atomic int next_seat;

/* Everyone takes the left fork, looks up, and reaches for the right one. */
static void dine(void *unused)
{
	int seat = next_seat++;

	mutex_lock(&forks[seat]);
	barrier_wait(&meeting);
	mutex_lock(&forks[(seat + 1) % SEATS]);
}

KTEST(selftest_deadlock_of_philosophers)
{
	static const char *const names[SEATS] = {"fork 0", "fork 1", "fork 2", "fork 3", "fork 4"};

	for (int i = 0; i < SEATS; i++)
		mutex_init(&forks[i], names[i], RANK_NONE);
	barrier_init(&meeting, "meeting", SEATS);
	run_crew(SEATS, dine, NULL);
}
