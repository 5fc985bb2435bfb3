/* SPDX-License-Identifier: MIT */
/*
 * Shows a deadlock: two threads take two mutexes in opposite order, and each waits for what the
 * other holds. A watcher follows who waits for what and who owns it, and names the circle. Then two
 * cures: both take the locks in one order; or who cannot have the second gives the first back.
 */
#include "demo.h"

static struct lock {
	pthread_mutex_t mutex;
	const char *name;
	_Atomic int owner; /* number of the thread that has it; 0: nobody */
} A = {PTHREAD_MUTEX_INITIALIZER, "A", 0}, B = {PTHREAD_MUTEX_INITIALIZER, "B", 0};

static struct lock *_Atomic waits_for[3]; /* of each thread, from 1 */
static _Atomic int holding, gave_up, retreats;
static long rounds = 10000, patience_ms = 2000;

/* Takes a lock, or gives up when patience is at its end. */
static bool take(struct lock *lock, int me)
{
	struct timespec limit;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += patience_ms / 1000;
	waits_for[me] = lock;
	int error = pthread_mutex_timedlock(&lock->mutex, &limit);
	waits_for[me] = NULL;
	if (!error)
		lock->owner = me;
	return error == 0;
}

static void drop(struct lock *lock)
{
	lock->owner = 0;
	pthread_mutex_unlock(&lock->mutex);
}

static void *crosswise(void *number)
{
	int me = (int)(intptr_t)number + 1;
	struct lock *first = me == 1 ? &A : &B, *second = me == 1 ? &B : &A;

	take(first, me);
	holding++;
	for (int ms = 0; holding < 2 && ms < 1000; ms++) /* both should hold their first */
		sleep_ms(1);
	if (take(second, me))
		drop(second);
	else
		gave_up++;
	drop(first);
	return NULL;
}

static void *in_order(void *number)
{
	int me = (int)(intptr_t)number + 1;

	for (long i = 0; i < rounds; i++) {
		take(&A, me);
		take(&B, me);
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
		take(first, me);
		for (; pthread_mutex_trylock(&second->mutex) == EBUSY; take(first, me)) {
			drop(first);
			retreats++;
			sched_yield();
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
	long start = now_us();
	bool named = false;

	while (!named && now_us() - start < 1000000 && !gave_up)
		sleep_ms(10), named = name_circle(start);
	claim(named, "no circle was seen within a second");
	return NULL;
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv, (struct number[]){{"ROUNDS", &rounds, 1, 1000000}, {0}});
	if (quick)
		rounds = 2000, patience_ms = 1000;
	printf("thread 1 takes A, then B; thread 2 takes B, then A\n");
	pthread_t watcher = start_thread(watch, NULL);
	run_threads(2, crosswise);
	pthread_join(watcher, NULL);
	printf("after %ld s without progress %d gave up\n\n", patience_ms / 1000, gave_up);
	claim(gave_up > 0, "both got what they wanted");
	gave_up = 0;
	run_threads(2, in_order);
	printf("cured by one order:  2 x %ld rounds done\n", rounds);
	run_threads(2, with_trylock);
	printf("cured by trylock:    2 x %ld rounds done, %d retreats\n", rounds, retreats);
	claim(gave_up == 0, "a cure did not help");
	return verdict("opposite order deadlocks; one order, or trylock, does not");
}
