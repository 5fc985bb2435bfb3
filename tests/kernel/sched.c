/* SPDX-License-Identifier: MIT */
/* The scheduler: rotation, preemption, all CPUs at work, affinity, sleeping, timeouts. */
#include "sched/sched.h"
#include "base/ktest.h"
#include "lib/util.h"
#include "sched/runq.h"
#include "sched/timeout.h"
#include "sync/semaphore.h"
#include "tests/kernel/sync_help.h"

/* ---- round robin ---- */

#define TURNS   5
#define PLAYERS 4

struct rotation {
	int order[TURNS * PLAYERS];
	int used;
	_Atomic int present, ready;
};

struct player {
	struct rotation *rotation;
	int number;
};

/* Interrupts stay off from the first turn to the last, so that a slice's end cannot add a turn; and
 * the first turn comes when they are off for all. Until all are present their maker may need us. */
static void take_turns(void *argument)
{
	struct player *player = argument;
	struct rotation *rotation = player->rotation;

	rotation->present++;
	while (rotation->present < PLAYERS)
		sched_yield();
	uint64_t flags = irq_save();
	rotation->ready++;
	while (rotation->ready < PLAYERS)
		sched_yield();
	for (int turn = 0; turn < TURNS; turn++) {
		rotation->order[rotation->used++] = player->number; /* all on one CPU */
		sched_yield();
	}
	irq_restore(flags);
}

KTEST(round_robin_is_a_rotation)
{
	struct rotation rotation = {.used = 0};
	struct player players[PLAYERS];
	struct kthread *threads[PLAYERS];

	for (int i = 0; i < PLAYERS; i++) {
		players[i] = (struct player){&rotation, i};
		threads[i] = kthread_run_on(0, "player", take_turns, &players[i]);
	}
	for (int i = 0; i < PLAYERS; i++)
		kthread_join(threads[i]);
	KTEST_EQUAL(rotation.used, TURNS * PLAYERS);
	for (int i = PLAYERS; i < TURNS * PLAYERS; i++)
		KTEST_EQUAL(rotation.order[i], rotation.order[i - PLAYERS]);
}

/* ---- preemption ---- */

/* In a straight block: where time is instructions, the emulator is through with it a hundred times
 * as fast as with a loop around PAUSE. */
static void compute(void)
{
	__asm__ volatile(".rept 800\n\tnop\n\t.endr");
}

static void spin_until_stopped(void *argument)
{
	_Atomic bool *stop = argument;

	while (!*stop)
		compute();
}

static void set_flag(void *argument)
{
	_Atomic bool *flag = argument;

	*flag = true;
}

/* On one CPU the second thread runs only because the first, which never yields, is preempted. */
KTEST(endless_loop_is_preempted)
{
	_Atomic bool stop = false;
	struct kthread *loop = kthread_run_on(0, "loop", spin_until_stopped, &stop);
	struct kthread *other = kthread_run_on(0, "other", set_flag, &stop);

	kthread_join(loop);
	kthread_join(other);
	KTEST_CHECK(stop);
}

/* ---- the slice ---- */

#define TURNS_SEEN 6

struct relay {
	_Atomic int last; /* who ran last */
	_Atomic int turns;
	_Atomic uint64_t seen;       /* the time when who runs looked last */
	uint64_t before[TURNS_SEEN]; /* of each turn: `seen` by who ran before it */
	uint64_t began[TURNS_SEEN];
};

struct runner {
	struct relay *relay;
	int number;
};

/* Spins, and notes when a turn of its own begins. */
static void run_relay(void *argument)
{
	struct runner *runner = argument;
	struct relay *relay = runner->relay;

	while (relay->turns < TURNS_SEEN) {
		uint64_t seen = relay->seen;

		relay->seen = clock_now();
		if (relay->last == runner->number) {
			compute();
			continue;
		}
		relay->last = runner->number;
		int turn = relay->turns++;
		if (turn < TURNS_SEEN) {
			relay->before[turn] = seen;
			relay->began[turn] = clock_now(); /* after the look: never early */
		}
	}
}

/* Never shorter, from the last look before it to the first one after it: the host may put the CPU
 * aside before a turn is noted. And on one CPU, where time is counted in instructions, hardly
 * longer. */
static void check_slices(uint64_t expected_us)
{
	struct relay relay = {.last = 0};
	struct runner runners[2] = {{&relay, 1}, {&relay, 2}};
	struct kthread *threads[2];

	for (int i = 0; i < 2; i++)
		threads[i] = kthread_run_on(0, "relay", run_relay, &runners[i]);
	for (int i = 0; i < 2; i++)
		kthread_join(threads[i]);
	/* The first turn may have begun anywhere. */
	for (int i = 1; i + 1 < TURNS_SEEN; i++) {
		KTEST_CHECK(relay.began[i + 1] - relay.before[i] >= (expected_us - 100) * 1000);
		if (cpu_count() == 1)
			KTEST_CHECK(relay.began[i + 1] - relay.began[i] <=
				    (expected_us + 500) * 1000);
	}
}

KTEST(slice_lasts_ten_milliseconds)
{
	check_slices(10000);
}

/* With quantum=30 (tests/boot/sched.py). */
KTEST(selftest_slice_of_thirty)
{
	check_slices(30000);
}

/* ---- all CPUs ---- */

struct meeting {
	_Atomic unsigned present;
	_Atomic cpumask_t seen;
	unsigned expected;
	_Atomic bool given_up;
};

/* Everyone spins until all are there: possible only when all run at the same time, each on a CPU of
 * its own. */
static void meet(void *argument)
{
	struct meeting *meeting = argument;
	/* The host may put a CPU aside; the watchdog would wait for ten seconds. */
	uint64_t limit = clock_now() + 8 * NS_PER_SEC;

	preempt_disable();
	meeting->seen |= BIT(this_cpu()->id);
	meeting->present++;
	while (meeting->present < meeting->expected && !meeting->given_up) {
		if (clock_now() > limit)
			meeting->given_up = true;
		cpu_relax();
	}
	preempt_enable();
}

/* Where they met; 0: they gave up. */
static cpumask_t cpus_that_met(void)
{
	struct meeting meeting = {.expected = cpu_count()};
	struct kthread *threads[MAX_CPUS];

	for (unsigned i = 0; i < meeting.expected; i++)
		threads[i] = kthread_run("meet", meet, &meeting);
	for (unsigned i = 0; i < meeting.expected; i++)
		kthread_join(threads[i]);
	return meeting.given_up ? 0 : meeting.seen;
}

KTEST(all_cpus_run_threads_at_once)
{
	cpumask_t met = 0;

	for (int tries = 0; tries < 5 && met == 0; tries++)
		met = cpus_that_met();
	KTEST_EQUAL(met, BIT(cpu_count()) - 1);
}

static void note_cpu(void *argument)
{
	_Atomic cpumask_t *seen = argument;

	for (int i = 0; i < 50; i++) {
		preempt_disable();
		*seen |= BIT(this_cpu()->id);
		preempt_enable();
		sched_yield();
	}
}

KTEST(pinned_thread_stays)
{
	for (unsigned id = 0; id < cpu_count(); id++) {
		_Atomic cpumask_t seen = 0;

		kthread_join(kthread_run_on(id, "pinned", note_cpu, &seen));
		KTEST_EQUAL(seen, BIT(id));
	}
}

/* A running thread whose CPU is taken from it moves to one that it may use. */
KTEST(affinity_moves_the_current_thread)
{
	cpumask_t before = current->affinity;

	for (unsigned id = 0; id < cpu_count(); id++) {
		KTEST_EQUAL(sched_set_affinity(current, BIT(id)), 0);
		preempt_disable();
		KTEST_EQUAL(this_cpu()->id, id);
		preempt_enable();
	}
	KTEST_EQUAL(sched_set_affinity(current, BIT(63)), -22 /* EINVAL */);
	KTEST_EQUAL(sched_set_affinity(current, before), 0);
}

/* ---- fairness ---- */

#define SPINNERS   5
#define SHARE_TIME (300 * NS_PER_MS)

static void start_spinners(struct thread *threads[SPINNERS], _Atomic bool *stop)
{
	struct thread_params params = {.name = "spin",
				       .process = current->process,
				       .entry = spin_until_stopped,
				       .argument = (void *)stop};

	for (int i = 0; i < SPINNERS; i++) {
		threads[i] = thread_create(&params);
		thread_get(threads[i]);
		thread_start(threads[i]);
	}
}

static void stop_spinners(struct thread *threads[SPINNERS], _Atomic bool *stop)
{
	*stop = true;
	for (int i = 0; i < SPINNERS; i++) {
		while (threads[i]->state != THREAD_DEAD)
			sched_yield();
		thread_put(threads[i]);
	}
}

static uint64_t least_run_time(struct thread *threads[SPINNERS])
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < SPINNERS; i++)
		least = MIN(least, thread_run_time(threads[i]));
	return least;
}

static uint64_t most_run_time(struct thread *threads[SPINNERS])
{
	uint64_t most = 0;

	for (int i = 0; i < SPINNERS; i++)
		most = MAX(most, thread_run_time(threads[i]));
	return most;
}

/* More busy threads than CPUs. On one CPU each has had as many turns as any other, but for the one
 * that is going on. On several, whose own share of the host nobody knows, each comes to its turns;
 * helper_fairness measures finer. */
KTEST(busy_threads_share_equally)
{
	struct thread *threads[SPINNERS];
	_Atomic bool stop = false;

	start_spinners(threads, &stop);
	KTEST_EQUAL(sleep_until(clock_now() + SHARE_TIME, WAIT_UNINTERRUPTIBLE, "test"), 0);
	if (cpu_count() == 1)
		KTEST_CHECK(most_run_time(threads) - least_run_time(threads) <=
			    2 * sched_quantum());
	while (least_run_time(threads) < 3 * sched_quantum())
		KTEST_EQUAL(sleep_until(clock_now() + NS_PER_MS, WAIT_UNINTERRUPTIBLE, "test"), 0);
	stop_spinners(threads, &stop);
}

/* ---- time ---- */

KTEST(sleep_lasts_as_long_as_asked)
{
	for (uint64_t ms = 1; ms <= 16; ms *= 2) {
		uint64_t start = clock_now();

		KTEST_EQUAL(sleep_until(start + ms * NS_PER_MS, WAIT_UNINTERRUPTIBLE, "test"), 0);
		KTEST_CHECK(clock_now() - start >= ms * NS_PER_MS);
	}
}

struct alarm {
	struct timeout timeout;
	struct semaphore *rung;
	int number;
	int *order;
	_Atomic int *count;
};

static void ring(struct timeout *timeout)
{
	struct alarm *alarm = container_of(timeout, struct alarm, timeout);

	alarm->order[(*alarm->count)++] = alarm->number;
	semaphore_up(alarm->rung);
}

KTEST(timeouts_fire_in_order_of_deadline)
{
	static const int delay_ms[] = {7, 3, 5, 1, 9};
	static const int expected[] = {3, 1, 2, 0, 4};
	struct alarm alarms[ARRAY_SIZE(delay_ms)];
	int order[ARRAY_SIZE(delay_ms)];
	_Atomic int count = 0;
	struct semaphore rung;
	cpumask_t before = current->affinity;

	/* All in one CPU's queue: across queues there is no order. With interrupts off, so that
	 * none fires before all are armed. */
	KTEST_EQUAL(sched_set_affinity(current, BIT(0)), 0);
	semaphore_init(&rung, "rung", 0);
	uint64_t flags = irq_save(), now = clock_now();
	for (size_t i = 0; i < ARRAY_SIZE(delay_ms); i++) {
		alarms[i] = (struct alarm){
			.rung = &rung, .number = (int)i, .order = order, .count = &count};
		timeout_init(&alarms[i].timeout, ring);
		timeout_arm(&alarms[i].timeout, now + (uint64_t)delay_ms[i] * NS_PER_MS);
	}
	irq_restore(flags);
	for (size_t i = 0; i < ARRAY_SIZE(delay_ms); i++)
		semaphore_down(&rung);
	for (size_t i = 0; i < ARRAY_SIZE(delay_ms); i++)
		KTEST_EQUAL(order[i], expected[i]);
	KTEST_EQUAL(sched_set_affinity(current, before), 0);
}

KTEST(cancelled_timeout_does_not_fire)
{
	struct semaphore rung;
	int order[2];
	_Atomic int count = 0;
	struct alarm alarm = {.rung = &rung, .order = order, .count = &count};

	semaphore_init(&rung, "rung", 0);
	timeout_init(&alarm.timeout, ring);
	for (int i = 0; i < 200; i++) {
		timeout_arm(&alarm.timeout, clock_now() + 3600 * NS_PER_SEC);
		KTEST_CHECK(timeout_cancel(&alarm.timeout));
	}
	KTEST_CHECK(!timeout_cancel(&alarm.timeout));
	KTEST_EQUAL(count, 0);
}

/* ---- the first step ---- */

static void do_nothing(void *unused)
{
	(void)unused;
}

struct placing {
	struct kthread *fresh;
	_Atomic bool locked;
};

static void start_it(void *argument)
{
	struct placing *placing = argument;

	while (!placing->locked)
		cpu_relax();
	kthread_start(placing->fresh);
}

/* The starter waits for our lock, or has not waited for it. */
static void check_start_waits_for_home(struct placing *placing)
{
	struct thread *fresh = kthread_thread(placing->fresh);
	struct kthread *starter = kthread_run_on(1, "starter", start_it, placing);
	uint64_t flags = irq_save();
	struct run_queue *rq = runq_lock_home(fresh);

	placing->locked = true;
	while (!is_wanted(&rq->lock) && fresh->state == THREAD_NEW)
		cpu_relax();
	KTEST_EQUAL(fresh->state, THREAD_NEW);
	KTEST_EQUAL(fresh->cpu, rq->id);
	spin_unlock_irqs_off(&rq->lock);
	irq_restore(flags);
	kthread_join(starter);
}

/* Who knows a thread that is still new (its number is told before it starts) finds it at its home,
 * and there it stays while the home is locked: sched_set_affinity() relies on that. */
KTEST(start_does_not_move_a_thread_from_a_locked_home)
{
	cpumask_t before = current->affinity;

	if (cpu_count() == 1)
		return;
	KTEST_EQUAL(sched_set_affinity(current, BIT(0)), 0);
	/* Another CPU may want that lock, too, and be taken for the starter. */
	for (int i = 0; i < 20; i++) {
		struct placing placing = {kthread_create("fresh", do_nothing, NULL), false};

		check_start_waits_for_home(&placing);
		kthread_join(placing.fresh);
	}
	KTEST_EQUAL(sched_set_affinity(current, before), 0);
}

/* ---- many ---- */

/* Threads come and go; what they took is counted by the harness. */
KTEST(a_thousand_threads_leave_nothing_behind)
{
	for (int i = 0; i < 1000; i++) {
		struct kthread *thread = kthread_run("short", do_nothing, NULL);

		KTEST_CHECK(thread != NULL);
		if (thread)
			kthread_join(thread);
	}
}
