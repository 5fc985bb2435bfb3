/* SPDX-License-Identifier: MIT */
/*
 * Producer and consumer: some threads make things, others use them up, and between them is a buffer
 * of a few places. Two semaphores count, one the empty places and one the full; a thread that finds
 * none sleeps. A mutex keeps the two indices whole.
 */
#include "demo.h"

#include <semaphore.h>

#define PLACES_MAX  64
#define WORKERS_MAX 8

static long workers = 3, places = 4, each = 5000;
static long ring[PLACES_MAX], in, out; /* [lock] */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t empty, full;
static char *seen; /* how often each thing was used */
static _Atomic long inside, most, slept_full, slept_empty;

/* Takes one off a semaphore, and counts if it had to sleep for it. */
static void down(sem_t *sem, _Atomic long *sleeps)
{
	if (sem_trywait(sem) == 0)
		return;
	++*sleeps;
	while (sem_wait(sem) != 0)
		;
}

static void *produce(void *number)
{
	for (long i = 0; i < each; i++) {
		down(&empty, &slept_full);
		pthread_mutex_lock(&lock);
		ring[in++ % places] = (long)number * each + i;
		if (++inside > most)
			most = inside;
		pthread_mutex_unlock(&lock);
		sem_post(&full);
	}
	return NULL;
}

static void *consume(void *unused)
{
	for (long i = 0; i < each; i++) {
		down(&full, &slept_empty);
		pthread_mutex_lock(&lock);
		seen[ring[out++ % places]]++;
		inside--;
		pthread_mutex_unlock(&lock);
		sem_post(&empty);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t producers[WORKERS_MAX], consumers[WORKERS_MAX];
	long once = 0;

	demo_begin(argc, argv,
		   (struct number[]){{"WORKERS", &workers, 1, WORKERS_MAX},
				     {"PLACES", &places, 1, PLACES_MAX},
				     {"EACH", &each, 1, 1000000},
				     {0}});
	if (quick)
		each = 500;
	seen = calloc(workers, each);
	must(seen != NULL, "calloc");
	sem_init(&empty, 0, places);
	sem_init(&full, 0, 0);
	for (long i = 0; i < workers; i++) {
		producers[i] = start_thread(produce, (void *)i);
		consumers[i] = start_thread(consume, NULL);
	}
	for (long i = 0; i < workers; i++) {
		pthread_join(producers[i], NULL);
		pthread_join(consumers[i], NULL);
	}
	for (long i = 0; i < workers * each; i++)
		once += seen[i] == 1;
	printf("%ld producers and %ld consumers passed %ld things through %ld places\n", workers,
	       workers, workers * each, places);
	printf("slept: producers %ld times (all full), consumers %ld (all empty)\n", slept_full,
	       slept_empty);
	claim(once == workers * each, "%ld things were used exactly once", once);
	claim(most <= places, "%ld things in %ld places", most, places);
	return verdict("each thing was used exactly once, never more than the places held");
}
