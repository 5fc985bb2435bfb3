/* SPDX-License-Identifier: MIT */
/*
 * Problems that every course has: the dining philosophers and the sleeping barber here, the bounded
 * buffer and the readers and writers in sync.c. selftest_locks.c has the philosophers that starve.
 */
#include "sync/condvar.h"
#include "sync/semaphore.h"
#include "tests/kernel/sync_help.h"

/* ---- dining philosophers ---- */

#define SEATS 5
#define MEALS 300

struct table {
	struct mutex forks[SEATS];
	_Atomic int eating[SEATS]; /* how many hold this fork */
	_Atomic int next_seat;
	_Atomic int meals;
};

static void eat(struct table *table, int left, int right)
{
	KTEST_EQUAL(++table->eating[left], 1);
	KTEST_EQUAL(++table->eating[right], 1);
	sched_yield();
	table->eating[left]--;
	table->eating[right]--;
	table->meals++;
}

/* The lower fork first, all of them: then nobody can wait for somebody who waits for it. */
static void dine_in_order(void *argument)
{
	struct table *table = argument;
	int seat = table->next_seat++;
	int left = seat, right = (seat + 1) % SEATS;

	for (int i = 0; i < MEALS; i++) {
		mutex_lock(&table->forks[MIN(left, right)]);
		mutex_lock_nested(&table->forks[MAX(left, right)]);
		eat(table, left, right);
		mutex_unlock(&table->forks[left]);
		mutex_unlock(&table->forks[right]);
	}
}

/* The left one first; but who does not get the right one puts the left one back. */
static void dine_politely(void *argument)
{
	struct table *table = argument;
	int seat = table->next_seat++;
	int left = seat, right = (seat + 1) % SEATS;

	for (int i = 0; i < MEALS;) {
		mutex_lock(&table->forks[left]);
		bool both = mutex_trylock(&table->forks[right]);
		if (both) {
			eat(table, left, right);
			mutex_unlock(&table->forks[right]);
			i++;
		}
		mutex_unlock(&table->forks[left]);
		if (!both)
			sched_yield();
	}
}

static void check_dinner(void (*philosopher)(void *))
{
	static struct table table;

	table = (struct table){.meals = 0};
	for (int i = 0; i < SEATS; i++)
		mutex_init(&table.forks[i], "fork", RANK_TEST_OUTER);
	run_crew(SEATS, philosopher, &table);
	KTEST_EQUAL(table.meals, SEATS * MEALS);
}

KTEST(philosophers_in_order_all_eat)
{
	check_dinner(dine_in_order);
}

KTEST(philosophers_who_give_way_all_eat)
{
	check_dinner(dine_politely);
}

/* ---- the sleeping barber ---- */

#define CHAIRS    3
#define CUSTOMERS 6
#define VISITS    100

struct shop {
	struct mutex mutex;
	int waiting; /* [mutex] on the chairs */
	struct semaphore customer, barber, done;
	_Atomic int shaved, sent_away;
	int in_chair; /* one at a time */
};

static void shave(void *argument)
{
	struct shop *shop = argument;

	while (!semaphore_down_wait(&shop->customer, WAIT_INTERRUPTIBLE, TIME_NEVER)) {
		mutex_lock(&shop->mutex);
		shop->waiting--;
		mutex_unlock(&shop->mutex);
		KTEST_EQUAL(++shop->in_chair, 1);
		semaphore_up(&shop->barber);
		sched_yield();
		shop->in_chair--;
		shop->shaved++;
		semaphore_up(&shop->done);
	}
	KTEST_CHECK(kthread_should_stop());
}

static void visit(void *argument)
{
	struct shop *shop = argument;

	for (int i = 0; i < VISITS; i++) {
		mutex_lock(&shop->mutex);
		bool room = shop->waiting < CHAIRS;
		if (room)
			shop->waiting++;
		mutex_unlock(&shop->mutex);
		if (!room) {
			shop->sent_away++;
			sched_yield();
			continue;
		}
		semaphore_up(&shop->customer);
		semaphore_down(&shop->barber);
		semaphore_down(&shop->done);
	}
}

KTEST(sleeping_barber_serves_all_who_find_a_chair)
{
	struct shop shop = {.waiting = 0};

	mutex_init(&shop.mutex, "shop", RANK_TEST_OUTER);
	semaphore_init(&shop.customer, "customer", 0);
	semaphore_init(&shop.barber, "barber", 0);
	semaphore_init(&shop.done, "done", 0);
	struct kthread *barber = kthread_run("barber", shave, &shop);
	run_crew(CUSTOMERS, visit, &shop);
	kthread_stop(barber);
	KTEST_EQUAL(shop.shaved + shop.sent_away, CUSTOMERS * VISITS);
	KTEST_EQUAL(shop.waiting, 0);
}
