/* SPDX-License-Identifier: MIT */
/*
 * The sleeping locks: mutual exclusion, order of hand-over, no lost wake-up, interrupts and
 * deadlines. Every test runs with as many CPUs as the machine has; on one CPU preemption does the
 * interleaving.
 */
#include "base/ktest.h"
#include "sched/sched.h"
#include "sync/condvar.h"
#include "sync/kthread.h"
#include "sync/mutex.h"
#include "sync/rwlock.h"
#include "sync/semaphore.h"
#include "tests/kernel/sync_help.h"

#define WORKERS 6
#define ROUNDS  1500
/* Spinning is for CPUs that run. The emulator's do not always: when the host has fewer, the next in
 * line may be waiting for the host, and each hand-over then lasts one of the host's slices. */
#define SPIN_ROUNDS 50
#define SPIN_PAUSES 400 /* with the lock held: longer than a waiter is patient (spinlock.c) */

/* Runs `entry` in WORKERS threads at once and waits for all. */
static void run_workers(void (*entry)(void *), void *argument)
{
	struct kthread *workers[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		workers[i] = kthread_run("worker", entry, argument);
	for (int i = 0; i < WORKERS; i++) {
		KTEST_CHECK(workers[i] != NULL);
		if (workers[i])
			kthread_join(workers[i]);
	}
}

/* ---- mutual exclusion ---- */

struct shared_counter {
	struct mutex mutex;
	struct spinlock spinlock;
	struct semaphore semaphore;
	struct rwlock rwlock;
	_Atomic int present;
	volatile long value; /* volatile: load, add and store stay three steps */
};

/* Loses counts unless nobody else is between the load and the store; the yield invites others
 * in. */
static void increment(struct shared_counter *counter)
{
	long value = counter->value;

	if (value % 16 == 0)
		sched_yield();
	counter->value = value + 1;
}

/* The same where nobody may sleep: it takes long. */
static void increment_slowly(struct shared_counter *counter)
{
	long value = counter->value;

	for (int i = 0; i < SPIN_PAUSES; i++)
		cpu_relax();
	counter->value = value + 1;
}

static void count_with_mutex(void *argument)
{
	struct shared_counter *counter = argument;

	for (int i = 0; i < ROUNDS; i++) {
		mutex_lock(&counter->mutex);
		increment(counter);
		mutex_unlock(&counter->mutex);
	}
}

static void count_with_spinlock(void *argument)
{
	struct shared_counter *counter = argument;

	counter->present++;
	while (counter->present < WORKERS)
		sched_yield();
	for (int i = 0; i < SPIN_ROUNDS; i++) {
		spin_lock(&counter->spinlock);
		increment_slowly(counter);
		spin_unlock(&counter->spinlock);
	}
}

static void count_with_semaphore(void *argument)
{
	struct shared_counter *counter = argument;

	for (int i = 0; i < ROUNDS; i++) {
		semaphore_down(&counter->semaphore);
		increment(counter);
		semaphore_up(&counter->semaphore);
	}
}

static void count_as_writer(void *argument)
{
	struct shared_counter *counter = argument;

	for (int i = 0; i < ROUNDS; i++) {
		rwlock_write_lock(&counter->rwlock);
		increment(counter);
		rwlock_write_unlock(&counter->rwlock);
	}
}

static void check_exclusion(void (*worker)(void *), int rounds)
{
	struct shared_counter counter = {.value = 0};

	mutex_init(&counter.mutex, "test mutex", RANK_TEST_OUTER);
	spin_init(&counter.spinlock, "test spinlock", RANK_PROCESS_TREE);
	semaphore_init(&counter.semaphore, "test semaphore", 1);
	rwlock_init(&counter.rwlock, "test rwlock", RANK_TEST_OUTER);
	run_workers(worker, &counter);
	KTEST_EQUAL(counter.value, WORKERS * rounds);
}

KTEST(mutex_excludes)
{
	check_exclusion(count_with_mutex, ROUNDS);
}

KTEST(spinlock_excludes)
{
	check_exclusion(count_with_spinlock, SPIN_ROUNDS);
}

KTEST(semaphore_excludes)
{
	check_exclusion(count_with_semaphore, ROUNDS);
}

KTEST(rwlock_writers_exclude)
{
	check_exclusion(count_as_writer, ROUNDS);
}

/* ---- order ---- */

#define QUEUE_LENGTH 8

struct fifo {
	struct semaphore semaphore;
	struct semaphore queued; /* up: one more thread is about to wait */
	int next_ticket;
	int order[QUEUE_LENGTH];
	int done;
};

static void wait_in_line(void *argument)
{
	struct fifo *fifo = argument;
	int ticket = fifo->next_ticket++; /* one thread at a time is here, see below */

	semaphore_up(&fifo->queued);
	semaphore_down(&fifo->semaphore);
	fifo->order[fifo->done++] = ticket;
	semaphore_up(&fifo->queued);
}

/* Until `thread count` waiters hang in the queue. */
static void wait_for_waiters(struct semaphore *semaphore, size_t count)
{
	for (;;) {
		uint64_t flags = spin_lock_irq_save(&semaphore->queue.lock);
		size_t waiting = list_length(&semaphore->queue.waiters);

		spin_unlock_irq_restore(&semaphore->queue.lock, flags);
		if (waiting == count)
			return;
		sched_yield();
	}
}

KTEST(semaphore_hands_over_in_order)
{
	struct kthread *threads[QUEUE_LENGTH];
	struct fifo fifo = {.next_ticket = 0};

	semaphore_init(&fifo.semaphore, "line", 0);
	semaphore_init(&fifo.queued, "queued", 0);
	for (int i = 0; i < QUEUE_LENGTH; i++) {
		threads[i] = kthread_run("in line", wait_in_line, &fifo);
		semaphore_down(&fifo.queued);
		wait_for_waiters(&fifo.semaphore, (size_t)i + 1);
	}
	for (int i = 0; i < QUEUE_LENGTH; i++) {
		semaphore_up(&fifo.semaphore);
		semaphore_down(&fifo.queued);
	}
	for (int i = 0; i < QUEUE_LENGTH; i++) {
		KTEST_EQUAL(fifo.order[i], i);
		kthread_join(threads[i]);
	}
}

/* ---- wake-ups ---- */

struct ping_pong {
	struct semaphore ping, pong;
	int rounds;
};

static void answer(void *argument)
{
	struct ping_pong *game = argument;

	for (int i = 0; i < game->rounds; i++) {
		semaphore_down(&game->ping);
		semaphore_up(&game->pong);
	}
}

KTEST(semaphore_loses_no_wake_up)
{
	struct ping_pong game = {.rounds = 20000};

	semaphore_init(&game.ping, "ping", 0);
	semaphore_init(&game.pong, "pong", 0);
	struct kthread *partner = kthread_run("partner", answer, &game);
	for (int i = 0; i < game.rounds; i++) {
		semaphore_up(&game.ping);
		semaphore_down(&game.pong);
	}
	kthread_join(partner);
	KTEST_EQUAL(game.ping.count + game.pong.count, 0);
}

struct early {
	struct wait wait;
	_Atomic bool awake;
};

static void sleep_though_woken(void *argument)
{
	struct early *early = argument;

	wait_init(&early->wait, WAIT_UNINTERRUPTIBLE, "test");
	wait_wake(&early->wait);
	KTEST_EQUAL(wait_block(&early->wait, TIME_NEVER), 0);
	early->awake = true;
}

KTEST(wake_up_before_sleep_is_kept)
{
	struct early early = {.awake = false};
	struct kthread *sleeper = kthread_run("sleeper", sleep_though_woken, &early);

	await_blocked_or_dead(kthread_thread(sleeper));
	KTEST_CHECK(early.awake);
	if (!early.awake)
		wait_wake(&early.wait);
	kthread_join(sleeper);
}

KTEST(semaphore_deadline_passes)
{
	struct semaphore semaphore;
	uint64_t start = clock_now();

	semaphore_init(&semaphore, "never up", 0);
	int rc = semaphore_down_wait(&semaphore, WAIT_UNINTERRUPTIBLE, start + 5 * NS_PER_MS);
	KTEST_EQUAL(rc, -110 /* ETIMEDOUT */);
	KTEST_CHECK(clock_now() - start >= 5 * NS_PER_MS);
	semaphore_up(&semaphore);
	KTEST_EQUAL(semaphore.count, 1);
}

/* ---- bounded buffer ---- */

#define SLOTS 4

struct buffer {
	struct mutex mutex;
	struct condvar not_full, not_empty;
	int items[SLOTS];
	int count, head;
	long sum;
};

static void produce(void *argument)
{
	struct buffer *buffer = argument;

	for (int i = 1; i <= ROUNDS; i++) {
		mutex_lock(&buffer->mutex);
		while (buffer->count == SLOTS)
			(void)!condvar_wait(&buffer->not_full, &buffer->mutex, WAIT_UNINTERRUPTIBLE,
					    TIME_NEVER);
		buffer->items[(buffer->head + buffer->count++) % SLOTS] = i;
		condvar_signal(&buffer->not_empty);
		mutex_unlock(&buffer->mutex);
	}
}

static void consume(void *argument)
{
	struct buffer *buffer = argument;

	for (int i = 1; i <= ROUNDS; i++) {
		mutex_lock(&buffer->mutex);
		while (buffer->count == 0)
			(void)!condvar_wait(&buffer->not_empty, &buffer->mutex,
					    WAIT_UNINTERRUPTIBLE, TIME_NEVER);
		buffer->sum += buffer->items[buffer->head];
		buffer->head = (buffer->head + 1) % SLOTS;
		buffer->count--;
		condvar_signal(&buffer->not_full);
		mutex_unlock(&buffer->mutex);
	}
}

KTEST(condvar_bounded_buffer)
{
	struct buffer buffer = {.count = 0};
	struct kthread *threads[4];

	mutex_init(&buffer.mutex, "buffer", RANK_TEST_OUTER);
	condvar_init(&buffer.not_full, "not full");
	condvar_init(&buffer.not_empty, "not empty");
	for (int i = 0; i < 4; i++)
		threads[i] = kthread_run("buffer", i % 2 ? consume : produce, &buffer);
	for (int i = 0; i < 4; i++)
		kthread_join(threads[i]);
	KTEST_EQUAL(buffer.sum, 2L * ROUNDS * (ROUNDS + 1) / 2);
	KTEST_EQUAL(buffer.count, 0);
}

/* ---- readers and writers ---- */

struct library {
	struct rwlock lock;
	struct kthread *writer;
	_Atomic int readers_inside;
	_Atomic int most_readers;
	_Atomic bool writer_inside;
	_Atomic int writes;
	_Atomic bool stop;
	_Atomic int violations;
	_Atomic int passed; /* readers that came after a waiting writer and went in before it */
};

static bool writer_waits(const struct library *library)
{
	return kthread_thread(library->writer)->state == THREAD_BLOCKED;
}

static void read_on(void *argument)
{
	struct library *library = argument;

	while (!library->stop) {
		int writes = library->writes;
		bool behind = writer_waits(library);

		rwlock_read_lock(&library->lock);
		int inside = ++library->readers_inside;
		if (inside > library->most_readers)
			library->most_readers = inside;
		if (library->writer_inside)
			library->violations++;
		if (behind && library->writes == writes) {
			library->passed++;
			library->stop = true; /* else it may starve for ever */
		}
		sched_yield();
		library->readers_inside--;
		rwlock_read_unlock(&library->lock);
	}
}

static void write_some(void *argument)
{
	struct library *library = argument;

	for (int i = 0; i < 100; i++) {
		rwlock_write_lock(&library->lock);
		library->writer_inside = true;
		if (library->readers_inside > 0)
			library->violations++;
		library->writes++;
		sched_yield();
		library->writer_inside = false;
		rwlock_write_unlock(&library->lock);
	}
}

KTEST(rwlock_writer_is_not_starved)
{
	struct library library = {.stop = false};
	struct kthread *readers[4];

	rwlock_init(&library.lock, "library", RANK_TEST_OUTER);
	library.writer = kthread_create("writer", write_some, &library);
	for (int i = 0; i < 4; i++)
		readers[i] = kthread_run("reader", read_on, &library);
	while (library.most_readers < 2)
		sched_yield();
	kthread_start(library.writer);
	while (library.writes < 100)
		sched_yield();
	library.stop = true;
	for (int i = 0; i < 4; i++)
		kthread_join(readers[i]);
	kthread_join(library.writer);
	KTEST_EQUAL(library.violations, 0);
	KTEST_EQUAL(library.passed, 0);
}
