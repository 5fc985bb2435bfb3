/* SPDX-License-Identifier: MIT */
/*
 * The sleeping barber: one chair to be shaved in, some to wait in. Without customers the barber
 * sleeps; whoever finds no chair leaves; whoever waits is served, and none is served twice.
 */
#include "demo.h"

#include <semaphore.h>

#define CUSTOMERS_MAX 1000

static long customers = 200, chairs = 3;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long waiting;                   /* [lock] on chairs */
static long most, served, turned_away; /* [lock] */
static sem_t customer_here, barber_free, shaved;
static _Atomic bool closed;

static void down(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

static void *barber(void *unused)
{
	long shaves = 0;

	for (;;) {
		down(&customer_here); /* sleeps when there is none */
		if (closed)
			return NULL;
		pthread_mutex_lock(&lock);
		waiting--;
		pthread_mutex_unlock(&lock);
		sem_post(&barber_free);
		sleep_ms(shaves++ % 8 == 0); /* some take longer */
		sem_post(&shaved);
	}
}

static void *customer(void *number)
{
	if ((long)number % 3)
		sleep_ms((long)number % 7);
	pthread_mutex_lock(&lock);
	if (waiting == chairs) {
		turned_away++;
		pthread_mutex_unlock(&lock);
		return NULL;
	}
	if (++waiting > most)
		most = waiting;
	pthread_mutex_unlock(&lock);
	sem_post(&customer_here); /* wakes the barber */
	down(&barber_free);
	down(&shaved);
	pthread_mutex_lock(&lock);
	served++;
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t the_barber;

	demo_begin(argc, argv,
		   (struct number[]){{"CUSTOMERS", &customers, 1, CUSTOMERS_MAX},
				     {"CHAIRS", &chairs, 1, 100},
				     {0}});
	if (quick)
		customers = 60;
	sem_init(&customer_here, 0, 0);
	sem_init(&barber_free, 0, 0);
	sem_init(&shaved, 0, 0);
	the_barber = start_thread(barber, NULL);
	run_threads(customers, customer);
	closed = true;
	sem_post(&customer_here);
	pthread_join(the_barber, NULL);
	printf("%ld customers, %ld chairs: %ld shaved, %ld found none; at most %ld waited\n",
	       customers, chairs, served, turned_away, most);
	claim(served + turned_away == customers, "somebody waits still");
	claim(most <= chairs && waiting == 0, "more waited than there are chairs");
	return verdict("whoever found a chair was served; the barber slept when alone");
}
