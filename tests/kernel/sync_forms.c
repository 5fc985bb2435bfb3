/* SPDX-License-Identifier: MIT */
/*
 * Every wait that can end early, in every way in which it can: a deadline, an interrupt that comes
 * while it waits or has come before; and in none of those that its kind forbids. Afterwards the
 * primitive is as if nobody had waited: each case begins where the last one ended.
 */
#include "lib/abi/errno.h"
#include "sync/barrier.h"
#include "sync/completion.h"
#include "sync/condvar.h"
#include "sync/rwlock.h"
#include "sync/semaphore.h"
#include "tests/kernel/sync_help.h"

/* One primitive, in these tests' hands. */
static struct {
	struct mutex mutex;
	struct semaphore semaphore;
	struct rwlock rwlock;
	struct condvar condvar;
	struct barrier barrier;
	struct completion completion;
} the;

struct form {
	void (*block)(void); /* from now on who waits sleeps */
	int (*wait)(enum wait_kind kind, uint64_t deadline);
	void (*wake)(void);    /* the one that waits */
	void (*unblock)(void); /* nobody waits any more */
};

struct attempt {
	const struct form *form;
	enum wait_kind kind;
	uint64_t deadline;
	int rc;
};

static void attempt_wait(void *argument)
{
	struct attempt *attempt = argument;

	attempt->rc = attempt->form->wait(attempt->kind, attempt->deadline);
}

static struct kthread *start(struct attempt *attempt)
{
	struct kthread *thread = kthread_run("waiter", attempt_wait, attempt);

	await_blocked(thread);
	return thread;
}

static void check_deadline(const struct form *form)
{
	uint64_t begin = clock_now();
	struct attempt attempt = {form, WAIT_UNINTERRUPTIBLE, begin + 2 * NS_PER_MS, 1};

	form->block();
	kthread_join(kthread_run("waiter", attempt_wait, &attempt));
	form->unblock();
	KTEST_EQUAL(attempt.rc, -ETIMEDOUT);
	KTEST_CHECK(clock_now() - begin >= 2 * NS_PER_MS);
}

static void check_interrupt(const struct form *form)
{
	struct attempt attempt = {form, WAIT_INTERRUPTIBLE, TIME_NEVER, 1};

	form->block();
	struct kthread *thread = start(&attempt);
	thread_add_work(kthread_thread(thread), WORK_SIGNAL);
	kthread_join(thread);
	form->unblock();
	KTEST_EQUAL(attempt.rc, -EINTR);
}

static void check_interrupt_before(const struct form *form)
{
	struct attempt attempt = {form, WAIT_INTERRUPTIBLE, TIME_NEVER, 1};
	struct kthread *thread = kthread_create("waiter", attempt_wait, &attempt);

	form->block();
	thread_add_work(kthread_thread(thread), WORK_SIGNAL);
	kthread_start(thread);
	kthread_join(thread);
	form->unblock();
	KTEST_EQUAL(attempt.rc, -EINTR);
}

static void check_kill(const struct form *form)
{
	struct attempt attempt = {form, WAIT_KILLABLE, TIME_NEVER, 1};

	form->block();
	struct kthread *thread = start(&attempt);
	thread_add_work(kthread_thread(thread), WORK_SIGNAL);
	KTEST_CHECK(is_blocked(thread));
	thread_add_work(kthread_thread(thread), WORK_KILL);
	kthread_join(thread);
	form->unblock();
	KTEST_EQUAL(attempt.rc, -EINTR);
}

static void check_uninterruptible(const struct form *form)
{
	struct attempt attempt = {form, WAIT_UNINTERRUPTIBLE, TIME_NEVER, 1};

	form->block();
	struct kthread *thread = start(&attempt);
	thread_add_work(kthread_thread(thread), WORK_SIGNAL | WORK_KILL);
	KTEST_CHECK(is_blocked(thread));
	form->wake();
	kthread_join(thread);
	KTEST_EQUAL(attempt.rc, 0);
}

static void check_form(const struct form *form)
{
	check_deadline(form);
	check_interrupt(form);
	check_interrupt_before(form);
	check_kill(form);
	check_uninterruptible(form);
}

static void do_nothing(void)
{
}

/* ---- mutex ---- */

static void hold_mutex(void)
{
	mutex_lock(&the.mutex);
}

static int wait_for_mutex(enum wait_kind kind, uint64_t deadline)
{
	int rc = mutex_lock_wait(&the.mutex, kind, deadline);

	if (rc == 0)
		mutex_unlock(&the.mutex);
	return rc;
}

static void leave_mutex(void)
{
	mutex_unlock(&the.mutex);
}

KTEST(mutex_wait_ends_early)
{
	mutex_init(&the.mutex, "form", RANK_TEST_OUTER);
	check_form(&(struct form){hold_mutex, wait_for_mutex, leave_mutex, leave_mutex});
	KTEST_CHECK(mutex_trylock(&the.mutex));
	mutex_unlock(&the.mutex);
}

/* ---- semaphore ---- */

static int wait_for_semaphore(enum wait_kind kind, uint64_t deadline)
{
	return semaphore_down_wait(&the.semaphore, kind, deadline);
}

static void raise_semaphore(void)
{
	semaphore_up(&the.semaphore);
}

KTEST(semaphore_wait_ends_early)
{
	semaphore_init(&the.semaphore, "form", 0);
	check_form(&(struct form){do_nothing, wait_for_semaphore, raise_semaphore, do_nothing});
	KTEST_EQUAL(the.semaphore.count, 0);
}

/* ---- rwlock ---- */

static void hold_to_read(void)
{
	rwlock_read_lock(&the.rwlock);
}

static void hold_to_write(void)
{
	rwlock_write_lock(&the.rwlock);
}

static int wait_to_read(enum wait_kind kind, uint64_t deadline)
{
	int rc = rwlock_read_lock_wait(&the.rwlock, kind, deadline);

	if (rc == 0)
		rwlock_read_unlock(&the.rwlock);
	return rc;
}

static int wait_to_write(enum wait_kind kind, uint64_t deadline)
{
	int rc = rwlock_write_lock_wait(&the.rwlock, kind, deadline);

	if (rc == 0)
		rwlock_write_unlock(&the.rwlock);
	return rc;
}

static void leave_reading(void)
{
	rwlock_read_unlock(&the.rwlock);
}

static void leave_writing(void)
{
	rwlock_write_unlock(&the.rwlock);
}

KTEST(rwlock_wait_ends_early)
{
	rwlock_init(&the.rwlock, "form", RANK_TEST_OUTER);
	check_form(&(struct form){hold_to_write, wait_to_read, leave_writing, leave_writing});
	check_form(&(struct form){hold_to_write, wait_to_write, leave_writing, leave_writing});
	check_form(&(struct form){hold_to_read, wait_to_write, leave_reading, leave_reading});
	KTEST_CHECK(rwlock_write_trylock(&the.rwlock));
	KTEST_CHECK(!rwlock_read_trylock(&the.rwlock));
	rwlock_write_unlock(&the.rwlock);
	KTEST_CHECK(rwlock_read_trylock(&the.rwlock));
	KTEST_CHECK(!rwlock_write_trylock(&the.rwlock));
	rwlock_read_unlock(&the.rwlock);
}

/* A reader that stands behind a waiting writer goes in as soon as that gives up. */
KTEST(rwlock_writer_that_gives_up_lets_readers_in)
{
	struct form reading = {.wait = wait_to_read}, writing = {.wait = wait_to_write};
	struct attempt writer = {&writing, WAIT_INTERRUPTIBLE, TIME_NEVER, 1};
	struct attempt reader = {&reading, WAIT_UNINTERRUPTIBLE, TIME_NEVER, 1};

	rwlock_init(&the.rwlock, "form", RANK_TEST_OUTER);
	rwlock_read_lock(&the.rwlock);
	struct kthread *first = start(&writer);
	KTEST_CHECK(!rwlock_read_trylock(&the.rwlock));
	struct kthread *second = start(&reader);
	thread_add_work(kthread_thread(first), WORK_SIGNAL);
	kthread_join(first);
	KTEST_CHECK(list_empty(&the.rwlock.queue.waiters)); /* while we still read */
	rwlock_read_unlock(&the.rwlock);
	kthread_join(second);
	KTEST_EQUAL(writer.rc, -EINTR);
	KTEST_EQUAL(reader.rc, 0);
}

/* ---- condition variable ---- */

static int wait_for_condition(enum wait_kind kind, uint64_t deadline)
{
	mutex_lock(&the.mutex);
	int rc = condvar_wait(&the.condvar, &the.mutex, kind, deadline);

	KTEST_CHECK(mutex_held(&the.mutex));
	mutex_unlock(&the.mutex);
	return rc;
}

static void signal_condition(void)
{
	condvar_signal(&the.condvar);
}

KTEST(condvar_wait_ends_early)
{
	mutex_init(&the.mutex, "form", RANK_TEST_OUTER);
	condvar_init(&the.condvar, "form");
	check_form(&(struct form){do_nothing, wait_for_condition, signal_condition, do_nothing});
}

/* ---- barrier ---- */

static int wait_at_barrier(enum wait_kind kind, uint64_t deadline)
{
	return barrier_wait_until(&the.barrier, kind, deadline);
}

static void come_last(void)
{
	KTEST_CHECK(barrier_wait(&the.barrier));
}

KTEST(barrier_wait_ends_early)
{
	barrier_init(&the.barrier, "form", 2);
	check_form(&(struct form){do_nothing, wait_at_barrier, come_last, do_nothing});
	KTEST_EQUAL(the.barrier.arrived, 0);
}

/* ---- completion ---- */

static void begin_event(void)
{
	completion_init(&the.completion, "form");
}

static int wait_for_event(enum wait_kind kind, uint64_t deadline)
{
	return completion_wait_until(&the.completion, kind, deadline);
}

static void complete_event(void)
{
	completion_complete(&the.completion);
}

KTEST(completion_wait_ends_early)
{
	check_form(&(struct form){begin_event, wait_for_event, complete_event, do_nothing});
	/* It stays complete, for whoever comes, even with a deadline that is over. */
	int rc = completion_wait_until(&the.completion, WAIT_UNINTERRUPTIBLE, 1);
	KTEST_EQUAL(rc, 0);
	if (rc == 0) /* else it would be for ever */
		completion_wait(&the.completion);
}

static void wait_for_it(void *unused)
{
	completion_wait(&the.completion);
}

KTEST(completion_releases_all)
{
	struct kthread *threads[5];

	completion_init(&the.completion, "start");
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		threads[i] = kthread_run("waiter", wait_for_it, NULL);
		await_blocked(threads[i]);
	}
	completion_complete(&the.completion);
	KTEST_CHECK(list_empty(&the.completion.queue.waiters));
	while (!list_empty(&the.completion.queue.waiters)) /* else they would wait for ever */
		completion_complete(&the.completion);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		kthread_join(threads[i]);
}
