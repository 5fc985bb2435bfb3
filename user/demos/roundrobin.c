/* SPDX-License-Identifier: MIT */
/*
 * Shows round robin: busy workers on one CPU take turns, drawn as they came. Then the same work
 * with ever shorter turns: who waits less for the first answer, who waits longer for the last, and
 * what the switching costs. A turn ends when the kernel's quantum is over or the worker yields.
 *
 * The clock of the table is the work itself: "after 30% of the work". So it does not depend on how
 * fast the machine is, nor on what else it does.
 */
#include "demo.h"

#define WORKERS 4
#define COLUMNS 60
#define SPINS   2000 /* in a unit of work */

static long units = 3000; /* of work for each worker */
static long turn_units;   /* a worker yields after so many; 0: never */
static _Atomic long done; /* units by all workers: the clock */
static _Atomic int gate;  /* opens when all have been made */
static struct {
	long first, last; /* on that clock: first unit and last unit done */
} seen[WORKERS];
static char picture[WORKERS][COLUMNS + 1];

static void unit_of_work(void)
{
	for (volatile int i = 0; i < SPINS; i++)
		;
}

static void *work(void *number)
{
	int me = (int)(intptr_t)number;

	while (!gate)
		sched_yield();
	for (long i = 1; i <= units; i++) {
		unit_of_work();
		long now = done++;
		picture[me][now * COLUMNS / (WORKERS * units)] = '#';
		if (i == 1)
			seen[me].first = now;
		seen[me].last = now;
		if (turn_units && i % turn_units == 0)
			sched_yield();
	}
	return NULL;
}

/* All the work once; one after the other when `in_line`. Prints a line of the table. */
static long run(const char *what, long turn, bool in_line, long *response, long *turnaround)
{
	pthread_t thread[WORKERS];
	long switches = switches_so_far(), cpu = clock_us(CLOCK_PROCESS_CPUTIME_ID);

	turn_units = turn;
	done = *response = *turnaround = 0;
	gate = in_line;
	memset(picture, '.', sizeof(picture));
	for (int i = 0; i < WORKERS; i++) {
		thread[i] = start_thread(work, (void *)(intptr_t)i);
		if (in_line)
			pthread_join(thread[i], NULL);
	}
	gate = 1;
	for (int i = 0; i < WORKERS && !in_line; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < WORKERS; i++) {
		*response += seen[i].first * 100 / (units * WORKERS * WORKERS);
		*turnaround += seen[i].last * 100 / (units * WORKERS * WORKERS);
		picture[i][COLUMNS] = '\0';
	}
	switches = switches_so_far() - switches;
	cpu = clock_us(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%-22s %9ld%% %10ld%% %10ld %8ld ms\n", what, *response, *turnaround, switches,
	       cpu / 1000);
	return switches;
}

int main(int argc, char **argv)
{
	long response[4], turnaround[4], switches[4];

	demo_begin(argc, argv, (struct number[]){{"UNITS", &units, 200, 1000000}, {0}});
	units = quick ? units / 2 : units;
	stay_on_cpu(cpu_number(0));
	printf("%d workers on one CPU, %ld units of work each\n\n", WORKERS, units);
	printf("%-22s %10s %11s %10s %11s\n", "a turn lasts", "response", "turnaround", "switches",
	       "CPU time");
	switches[0] = run("to the end (no turns)", 0, true, &response[0], &turnaround[0]);
	switches[1] = run("a quantum", 0, false, &response[1], &turnaround[1]);
	for (int i = 0; i < WORKERS; i++)
		printf("    worker %d  %s\n", i, picture[i]);
	switches[2] = run("20 units, then yields", 20, false, &response[2], &turnaround[2]);
	switches[3] = run("1 unit, then yields", 1, false, &response[3], &turnaround[3]);
	printf("response, turnaround: of all the work, what was done before a worker's first\n"
	       "and last unit, on average; what a switch costs shows in the CPU time\n");
	claim(response[3] * 4 < response[0], "short turns do not answer sooner");
	claim(turnaround[3] > turnaround[0], "short turns do not end later");
	claim(switches[0] < switches[2] && switches[2] < switches[3],
	      "short turns do not switch more");
	return verdict("turns answer sooner and end later, and each turn costs a switch");
}
