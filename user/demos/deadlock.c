/* SPDX-License-Identifier: MIT */
/*
 * Shows a deadlock: two threads take two mutexes in opposite order, and each waits for what the
 * other holds. A watcher follows who waits for what and who owns it, and names the circle. Then two
 * cures: both take the locks in one order; or who cannot have the second gives the first back.
 */
#include "demo.h"
#include "lock.h"

static struct lock A = {PTHREAD_MUTEX_INITIALIZER, "A", 0};
static struct lock B = {PTHREAD_MUTEX_INITIALIZER, "B", 0};
static _Atomic int holding, gave_up, retreats, ended;
static _Atomic bool named;                /* the watcher has seen the circle */
static long rounds = 10000, patience = 2; /* seconds until one gives up */
static const char statement[] = "opposite order deadlocks; one order, or trylock, does not";

static void *crosswise(void *number)
{
	int me = (int)(intptr_t)number + 1;
	struct lock *first = me == 1 ? &A : &B, *second = me == 1 ? &B : &A;

	take(first, me, patience);
	holding++;
	while (holding < 2) /* the worst moment, on purpose: both hold their first */
		sleep_ms(1);
	bool got = take(second, me, patience);
	for (int tries = 0; !got && !named && tries < 10; tries++) /* a slow watcher gets time */
		got = take(second, me, patience);
	if (got)
		drop(second);
	else
		gave_up++;
	drop(first);
	ended++;
	return NULL;
}

/* A cure in which somebody has to wait so long is none. */
static void take_in_cure(struct lock *lock, int me)
{
	if (!claim(take(lock, me, 60), "a cure did not help"))
		exit(verdict(statement));
}

static void *in_order(void *number)
{
	int me = (int)(intptr_t)number + 1;

	for (long i = 0; i < rounds; i++) {
		take_in_cure(&A, me);
		take_in_cure(&B, me);
		drop(&B);
		drop(&A);
	}
	return NULL;
}

static void *with_trylock(void *number)
{
	int me = (int)(intptr_t)number + 1;
	struct lock *first = me == 1 ? &A : &B, *second = me == 1 ? &B : &A;

	for (long i = 0; i < rounds; i++) {
		take_in_cure(first, me);
		while (pthread_mutex_trylock(&second->mutex) == EBUSY) {
			drop(first);
			retreats++;
			sched_yield();
			take_in_cure(first, me);
		}
		pthread_mutex_unlock(&second->mutex);
		drop(first);
	}
	return NULL;
}

/* Each waits for a lock that the other owns: a circle. */
static bool name_circle(long since_us)
{
	struct lock *first = waits_for[1], *second = waits_for[2];

	if (!first || !second || first->owner != 2 || second->owner != 1)
		return false;
	printf("circle: thread 1 waits for %s, owned by thread 2, which waits for %s, owned by\n"
	       "        thread 1: nobody can go on. Named after %ld ms.\n",
	       first->name, second->name, (now_us() - since_us) / 1000);
	return true;
}

/* Looks for the circle while the two are at it. */
static void *watch(void *unused)
{
	for (long start = now_us(); !named && ended < 2; named = name_circle(start))
		sleep_ms(10);
	claim(named, "no circle was seen");
	return NULL;
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv, (struct number[]){{"ROUNDS", &rounds, 1, 1000000}, {0}});
	if (quick) {
		rounds = 2000;
		patience = 1;
	}
	printf("thread 1 takes A, then B; thread 2 takes B, then A\n");
	pthread_t watcher = start_thread(watch, NULL);
	run_threads(2, crosswise);
	pthread_join(watcher, NULL);
	printf("after %ld s without progress %d gave up\n\n", patience, gave_up);
	claim(gave_up > 0, "both got what they wanted");
	run_threads(2, in_order);
	printf("cured by one order:  2 x %ld rounds done\n", rounds);
	run_threads(2, with_trylock);
	printf("cured by trylock:    2 x %ld rounds done, %d retreats\n", rounds, retreats);
	return verdict(statement);
}
