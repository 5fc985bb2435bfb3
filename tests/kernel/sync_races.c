/* SPDX-License-Identifier: MIT */
/*
 * What goes wrong without a lock, shown; and that nothing does with one: hand-overs by the hundred
 * thousand with yields and interrupts between, waits that are given up while they are granted.
 */
#include "base/boot_info.h"
#include "lib/abi/errno.h"
#include "sync/condvar.h"
#include "sync/rwlock.h"
#include "sync/semaphore.h"
#include "tests/kernel/sync_help.h"

/* ---- the lost update ---- */

#define INCREMENTS 20000
#define TRIES      100

static volatile long counter; /* volatile: load, add and store stay three steps */

static void count_without_lock(void *unused)
{
	for (int i = 0; i < INCREMENTS; i++) {
		long value = counter;

		/* A moment for others to come between: preemption on one CPU, parallelism else. */
		for (int pause = 0; pause < 20; pause++)
			cpu_relax();
		counter = value + 1;
	}
}

KTEST(counter_without_lock_loses_counts)
{
	long lost = 0;

	for (int i = 0; i < TRIES && lost == 0; i++) {
		counter = 0;
		run_crew(4, count_without_lock, NULL);
		lost = 4 * INCREMENTS - counter;
	}
	KTEST_CHECK(lost > 0);
}

/* ---- hand-overs ---- */

/* On several CPUs each hand-over is an interrupt to another CPU, which the emulator's host may not
 * run at the moment. HANDOFFS sets another number (`make handoffs`: a million). */
#define HANDOVERS_ON_ONE_CPU 250000
#define HANDOVERS_ON_SEVERAL 25000

struct court {
	struct semaphore ping, pong;
	unsigned rounds;
	struct kthread *player;
	_Atomic bool over;
	_Atomic unsigned interrupted;
};

static void down_though_interrupted(struct court *court, struct semaphore *semaphore)
{
	while (semaphore_down_wait(semaphore, WAIT_INTERRUPTIBLE, TIME_NEVER) == -EINTR) {
		court->interrupted++;
		atomic_fetch_and(&current->work, ~(uint32_t)WORK_SIGNAL);
	}
}

static void return_balls(void *argument)
{
	struct court *court = argument;
	uint32_t seed = 99;

	for (unsigned i = 0; i < court->rounds; i++) {
		down_though_interrupted(court, &court->ping);
		if (random_below(&seed, 16) == 0)
			sched_yield();
		semaphore_up(&court->pong);
	}
}

static void heckle(void *argument)
{
	struct court *court = argument;

	while (!court->over) {
		thread_add_work(kthread_thread(court->player), WORK_SIGNAL);
		sched_yield();
	}
}

/* Two threads, two semaphores, and a third that interrupts. One lost wake-up, and it hangs; one too
 * many, and a unit is left. */
KTEST(semaphore_handovers_with_interrupts)
{
	unsigned standard = cpu_count() == 1 ? HANDOVERS_ON_ONE_CPU : HANDOVERS_ON_SEVERAL;
	struct court court = {
		.rounds = (unsigned)boot_option_number("HANDOFFS", standard, 2, 1000000000) / 2};
	uint32_t seed = 33;

	semaphore_init(&court.ping, "ping", 0);
	semaphore_init(&court.pong, "pong", 0);
	court.player = kthread_create("player", return_balls, &court);
	struct kthread *heckler = kthread_run("heckler", heckle, &court);
	kthread_start(court.player);
	for (unsigned i = 0; i < court.rounds; i++) {
		semaphore_up(&court.ping);
		if (random_below(&seed, 16) == 0)
			sched_yield();
		semaphore_down(&court.pong);
	}
	court.over = true;
	kthread_join(heckler);
	kthread_join(court.player);
	KTEST_EQUAL(court.ping.count + court.pong.count, 0);
	KTEST_CHECK(court.interrupted > 0);
}

/* ---- giving up while it is granted ---- */

#define SHARERS  4
#define ATTEMPTS 400

struct shared {
	struct mutex mutex;
	struct rwlock rwlock;
	struct semaphore semaphore;
	struct condvar condvar;
	_Atomic uint32_t seed;
	_Atomic int inside, inside_alone;
	_Atomic int taken, given_up;
};

static uint64_t soon(uint32_t *seed)
{
	return clock_now() + random_below(seed, 40000);
}

static void stay_alone(struct shared *shared, uint32_t *seed)
{
	KTEST_EQUAL(++shared->inside_alone, 1);
	KTEST_EQUAL(shared->inside, 0);
	if (random_below(seed, 2))
		sched_yield();
	shared->inside_alone--;
	shared->taken++;
}

static void stay(struct shared *shared, uint32_t *seed)
{
	shared->inside++;
	KTEST_EQUAL(shared->inside_alone, 0);
	if (random_below(seed, 2))
		sched_yield();
	shared->inside--;
	shared->taken++;
}

static void try_mutex(void *argument)
{
	struct shared *shared = argument;
	uint32_t seed = ++shared->seed;

	for (int i = 0; i < ATTEMPTS; i++) {
		if (mutex_lock_wait(&shared->mutex, WAIT_UNINTERRUPTIBLE, soon(&seed))) {
			shared->given_up++;
			continue;
		}
		stay_alone(shared, &seed);
		mutex_unlock(&shared->mutex);
	}
}

static void try_rwlock(void *argument)
{
	struct shared *shared = argument;
	uint32_t seed = ++shared->seed;

	for (int i = 0; i < ATTEMPTS; i++) {
		bool write = random_below(&seed, 3) == 0;
		int rc = write ? rwlock_write_lock_wait(&shared->rwlock, WAIT_UNINTERRUPTIBLE,
							soon(&seed))
			       : rwlock_read_lock_wait(&shared->rwlock, WAIT_UNINTERRUPTIBLE,
						       soon(&seed));
		if (rc) {
			shared->given_up++;
		} else if (write) {
			stay_alone(shared, &seed);
			rwlock_write_unlock(&shared->rwlock);
		} else {
			stay(shared, &seed);
			rwlock_read_unlock(&shared->rwlock);
		}
	}
}

static void try_semaphore(void *argument)
{
	struct shared *shared = argument;
	uint32_t seed = ++shared->seed;

	for (int i = 0; i < ATTEMPTS; i++) {
		if (semaphore_down_wait(&shared->semaphore, WAIT_UNINTERRUPTIBLE, soon(&seed))) {
			shared->given_up++;
			continue;
		}
		stay_alone(shared, &seed);
		semaphore_up(&shared->semaphore);
	}
}

/* However many gave up, afterwards the lock is free and everyone was counted. */
static void check_giving_up(struct shared *shared, void (*entry)(void *))
{
	*shared = (struct shared){.seed = 1000};
	mutex_init(&shared->mutex, "shared", RANK_TEST_OUTER);
	rwlock_init(&shared->rwlock, "shared", RANK_TEST_OUTER);
	semaphore_init(&shared->semaphore, "shared", 1);
	run_crew(SHARERS, entry, shared);
	KTEST_EQUAL(shared->taken + shared->given_up, SHARERS * ATTEMPTS);
	/* Elsewhere it depends on the host how long one waits. */
	if (cpu_count() == 1)
		KTEST_CHECK(shared->taken > 0 && shared->given_up > 0);
}

KTEST(mutex_bears_those_who_give_up)
{
	struct shared shared;

	check_giving_up(&shared, try_mutex);
	KTEST_CHECK(mutex_trylock(&shared.mutex));
	mutex_unlock(&shared.mutex);
}

KTEST(rwlock_bears_those_who_give_up)
{
	struct shared shared;

	check_giving_up(&shared, try_rwlock);
	KTEST_CHECK(rwlock_write_trylock(&shared.rwlock));
	rwlock_write_unlock(&shared.rwlock);
}

KTEST(semaphore_bears_those_who_give_up)
{
	struct shared shared;

	check_giving_up(&shared, try_semaphore);
	KTEST_EQUAL(shared.semaphore.count, 1);
}

/* ---- the condition variable ---- */

#define TOKENS 700

struct token_ring {
	struct mutex mutex;
	struct condvar changed;
	unsigned turn; /* [mutex] whose turn it is */
	unsigned players;
	_Atomic unsigned next_player;
	unsigned passed; /* [mutex] */
};

static void pass_token(void *argument)
{
	struct token_ring *ring = argument;
	unsigned self = ring->next_player++;

	for (int i = 0; i < TOKENS; i++) {
		mutex_lock(&ring->mutex);
		while (ring->turn != self)
			KTEST_EQUAL(condvar_wait(&ring->changed, &ring->mutex, WAIT_UNINTERRUPTIBLE,
						 TIME_NEVER),
				    0);
		ring->turn = (self + 1) % ring->players;
		ring->passed++;
		condvar_broadcast(&ring->changed);
		mutex_unlock(&ring->mutex);
	}
}

/* One condition variable for many conditions, used thousands of times. */
KTEST(condvar_is_used_again_and_again)
{
	struct token_ring ring = {.players = 3};

	mutex_init(&ring.mutex, "ring", RANK_TEST_OUTER);
	condvar_init(&ring.changed, "turn");
	run_crew(ring.players, pass_token, &ring);
	KTEST_EQUAL(ring.passed, 3 * TOKENS);
}

#define GAPS     32
#define GAP_STEP 200 /* ns */

struct gap {
	struct mutex mutex;
	struct condvar changed;
	bool changed_at_all; /* [mutex] */
	bool missed;         /* [mutex] */
	_Atomic bool over;
	_Atomic int through;
};

static bool somebody_waits(struct wait_queue *queue)
{
	uint64_t flags = spin_lock_irq_save(&queue->lock);
	bool any = !list_empty(&queue->waiters);

	spin_unlock_irq_restore(&queue->lock, flags);
	return any;
}

/* Has waited for the mutex, so whoever let it go waits for the change. */
static void change_it(void *argument)
{
	struct gap *gap = argument;

	mutex_lock(&gap->mutex);
	if (!somebody_waits(&gap->changed.queue))
		gap->missed = true;
	gap->changed_at_all = true;
	mutex_unlock(&gap->mutex);
	while (!gap->over) { /* the first signal does it, unless it was missed */
		condvar_signal(&gap->changed);
		sched_yield();
	}
}

/* In big steps first: to ask for the time costs an emulator much. */
static void spin_until(uint64_t end)
{
	while (clock_now() + 100000 < end)
		for (volatile int i = 0; i < 1000; i++)
			;
	while (clock_now() < end)
		;
}

/* Lets the mutex go at the end of a slice, so that the other one runs at once. */
static void wait_in_the_gap(struct gap *gap, uint64_t before_the_end)
{
	struct kthread *other = kthread_run("signaller", change_it, gap);

	await_blocked(other);
	sched_yield();
	spin_until(clock_now() + sched_quantum() - before_the_end);
	while (!gap->changed_at_all)
		KTEST_EQUAL(condvar_wait(&gap->changed, &gap->mutex, WAIT_UNINTERRUPTIBLE,
					 TIME_NEVER),
			    0);
	gap->over = true;
	mutex_unlock(&gap->mutex);
	kthread_join(other);
}

static void stay_ready(void *argument)
{
	struct gap *gap = argument;

	while (gap->through < GAPS)
		sched_yield();
}

/* Releasing the mutex and falling asleep are one step: who has the mutex next finds the waiter in
 * line, wherever between the two the waiter is preempted. */
KTEST(condvar_waiter_is_in_line_before_it_lets_go)
{
	struct gap gap = {.through = 0};
	/* So that there is somebody to preempt us for. */
	struct kthread *ready = kthread_run("ready", stay_ready, &gap);

	for (int i = 0; i < GAPS; i++, gap.through++) {
		mutex_init(&gap.mutex, "gap", RANK_TEST_OUTER);
		condvar_init(&gap.changed, "gap");
		gap.changed_at_all = false;
		gap.over = false;
		mutex_lock(&gap.mutex);
		wait_in_the_gap(&gap, (uint64_t)i * GAP_STEP);
	}
	kthread_join(ready);
	KTEST_CHECK(!gap.missed);
}

/* ---- the last moment ---- */

struct late {
	struct semaphore semaphore;
	_Atomic int given;
	_Atomic bool over;
};

static void give_to_who_waits(void *argument)
{
	struct late *late = argument;

	while (!late->over) {
		if (somebody_waits(&late->semaphore.queue)) {
			late->given++;
			semaphore_up(&late->semaphore);
		}
		sched_yield();
	}
}

/* A deadline that is past: the thread stands in line for a moment only. At the end of its slice it
 * is preempted there, and may be given a unit though it has given up: the unit is its own. */
KTEST(semaphore_unit_comes_at_the_last_moment)
{
	struct late late = {.given = 0};
	int taken = 0;

	semaphore_init(&late.semaphore, "late", 0);
	struct kthread *giver = kthread_run("giver", give_to_who_waits, &late);
	for (uint64_t i = 0; i < GAPS; i++) {
		sched_yield();
		spin_until(clock_now() + sched_quantum() - i * GAP_STEP);
		taken += semaphore_down_wait(&late.semaphore, WAIT_UNINTERRUPTIBLE, 1) == 0;
	}
	late.over = true;
	kthread_join(giver);
	KTEST_EQUAL(late.given, taken + (int)late.semaphore.count);
}

struct last_moment {
	struct mutex mutex;
	struct condvar condvar;
	uint64_t patience; /* ns */
	_Atomic int rc;
};

static void wait_for_signal(void *argument)
{
	struct last_moment *moment = argument;

	mutex_lock(&moment->mutex);
	moment->rc = condvar_wait(&moment->condvar, &moment->mutex, WAIT_UNINTERRUPTIBLE,
				  clock_now() + moment->patience);
	mutex_unlock(&moment->mutex);
}

/* False: it gave up before we had the lock. */
static bool signal_who_has_given_up(struct last_moment *moment)
{
	struct wait_queue *queue = &moment->condvar.queue;
	bool chosen = false;

	moment->rc = 1;
	struct kthread *waiter = kthread_run_on(1, "gives up", wait_for_signal, moment);
	while (moment->rc == 1 && !chosen) {
		uint64_t flags = spin_lock_irq_save(&queue->lock);

		/* To leave the line it needs the lock. */
		while (!list_empty(&queue->waiters) && !is_wanted(&queue->lock))
			cpu_relax();
		chosen = waitq_wake_one_and_unlock(queue);
		if (chosen)
			irq_restore_and_resched(flags);
		else
			spin_unlock_irq_restore(&queue->lock, flags);
	}
	kthread_join(waiter);
	KTEST_EQUAL(moment->rc, chosen ? 0 : -ETIMEDOUT);
	return chosen;
}

/* Who has found its deadline past and still stands in line is chosen by a signal: the signal would
 * be nobody's if it gave up all the same. */
KTEST(condvar_signal_comes_at_the_last_moment)
{
	struct last_moment moment = {.patience = NS_PER_MS};
	cpumask_t before = current->affinity;

	if (cpu_count() == 1)
		return;
	mutex_init(&moment.mutex, "moment", RANK_TEST_OUTER);
	condvar_init(&moment.condvar, "moment");
	KTEST_EQUAL(sched_set_affinity(current, BIT(0)), 0);
	while (!signal_who_has_given_up(&moment))
		moment.patience *= 2;
	KTEST_EQUAL(sched_set_affinity(current, before), 0);
}
