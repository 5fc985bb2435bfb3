/* SPDX-License-Identifier: MIT */
/*
 * The dining philosophers: each needs the fork to the left and the one to the right. If all take
 * the left one first, all may hold one and wait for the other for ever. If everyone takes the fork
 * with the smaller number first, the circle cannot close. With GREEDY 1 they take the left first.
 */
#include "demo.h"

#define SEATS_MAX 16

static long greedy, seats = 5, meals = 1000;
static pthread_mutex_t forks[SEATS_MAX];
static _Atomic long eaten, have_one, hungry;

/* Gives up, so that the demo ends; a philosopher would not. */
static bool take(long number)
{
	return lock_within(&forks[number], greedy ? 1 : 60);
}

static void *dine(void *seat)
{
	long left = (long)seat, right = (left + 1) % seats;
	long first = greedy || left < right ? left : right, second = left + right - first;

	for (long i = 0; i < meals; i++) {
		if (!take(first))
			break;
		if (greedy && i == 0) { /* the worst moment, on purpose: all have one */
			have_one++;
			while (have_one < seats)
				sched_yield();
		}
		if (!take(second)) {
			hungry++;
			pthread_mutex_unlock(&forks[first]);
			break;
		}
		eaten++;
		pthread_mutex_unlock(&forks[second]);
		pthread_mutex_unlock(&forks[first]);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv,
		   (struct number[]){{"GREEDY", &greedy, 0, 1},
				     {"SEATS", &seats, 2, SEATS_MAX},
				     {"MEALS", &meals, 1, 1000000},
				     {0}});
	if (quick)
		meals = 100;
	for (long i = 0; i < seats; i++)
		pthread_mutex_init(&forks[i], NULL);
	run_threads(seats, dine);
	printf("%ld philosophers, %s first: %ld meals of %ld, %ld gave up hungry\n", seats,
	       greedy ? "the left fork" : "the smaller number", eaten, seats * meals, hungry);
	if (greedy) {
		claim(hungry > 0, "nobody stayed hungry");
		return verdict("with one fork each, all wait for the next one: a deadlock");
	}
	claim(eaten == seats * meals, "%ld meals were eaten", eaten);
	return verdict("taken in one order, forks are never held in a circle");
}
