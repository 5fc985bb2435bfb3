/* SPDX-License-Identifier: MIT */
/*
 * H2O: threads are atoms. Two of hydrogen and one of oxygen meet and become a molecule; nobody goes
 * on before the three are together, and none of the next molecule mixes in. Semaphores let the
 * right number of each in, a barrier brings them together, and its last one opens the door again.
 */
#include "demo.h"

#include <semaphore.h>

#define MOLECULES_MAX 300

static long molecules = 100;
static sem_t room_for_hydrogen, room_for_oxygen;
static pthread_barrier_t together;
static _Atomic long hydrogen, oxygen; /* in the present molecule */
static _Atomic long made, wrong;

static void down(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

static void bond(_Atomic long *kind)
{
	++*kind;
	if (pthread_barrier_wait(&together) == PTHREAD_BARRIER_SERIAL_THREAD) {
		wrong += hydrogen != 2 || oxygen != 1;
		hydrogen = oxygen = 0;
		made++;
		sem_post(&room_for_hydrogen);
		sem_post(&room_for_hydrogen);
		sem_post(&room_for_oxygen);
	}
}

/* All of the oxygen comes last: it is waited for. */
static void *atom(void *number)
{
	bool is_oxygen = (intptr_t)number >= 2 * molecules;

	down(is_oxygen ? &room_for_oxygen : &room_for_hydrogen);
	bond(is_oxygen ? &oxygen : &hydrogen);
	return NULL;
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv, (struct number[]){{"MOLECULES", &molecules, 1, MOLECULES_MAX}, {0}});
	if (quick)
		molecules = 30;
	sem_init(&room_for_hydrogen, 0, 2);
	sem_init(&room_for_oxygen, 0, 1);
	pthread_barrier_init(&together, NULL, 3);
	run_threads(3 * molecules, atom);
	printf("%ld atoms became %ld molecules\n", 3 * molecules, made);
	claim(made == molecules, "not all atoms are in a molecule");
	claim(wrong == 0, "%ld molecules are not H2O", wrong);
	return verdict("two of hydrogen and one of oxygen, together, each time");
}
