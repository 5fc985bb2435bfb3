/* SPDX-License-Identifier: MIT */
/*
 * Shows a worker's life from outside: the object before start() is no thread at all; then NEW,
 * RUNNABLE, RUNNING, BLOCKED, RUNNABLE, RUNNING, DEAD, with the time of each.
 *
 * Main and the worker share one CPU. So while main looks, the worker cannot be running: when its
 * state is R, it is runnable and waits for its turn. Where the worker got its turn before main had
 * looked, the life is watched once more.
 */
#include "demo.h"
#include "task.h"

#include <semaphore.h>

#define EVENTS 7

static struct worker {
	_Atomic int tid;  /* 0: not started, or has not run yet */
	_Atomic int runs; /* how often it has come to run: at its start and after its wait */
	sem_t go;
	long first_run, second_run;
	void *local;
} worker;

static struct event {
	long us;
	const char *state;
	char text[60];
} events[EVENTS], *next;

static void __attribute__((format(printf, 3, 4)))
note(long us, const char *state, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	*next = (struct event){.us = us, .state = state};
	vsnprintf(next++->text, sizeof(next->text), text, args);
	va_end(args);
}

static void *run(void *unused)
{
	int local;

	worker.runs = 1; /* before it takes the time: main knows by it that its own was earlier */
	worker.first_run = now_us();
	/* On Linux a batch thread that wakes does not interrupt who woke it; on Tarae none does. */
	sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
	worker.local = &local;
	worker.tid = gettid();
	sem_wait(&worker.go);
	worker.runs = 2;
	worker.second_run = now_us();
	return NULL;
}

/* One life; true when main saw each state. */
static bool watch(void)
{
	char state;
	bool seen = other_thread(&state) == 0;

	next = events;
	worker = (struct worker){0};
	sem_init(&worker.go, 0, 0);
	note(now_us(), "NEW", "an object in memory: no TID, no stack");
	pthread_t thread = start_thread(run, NULL);
	int tid = other_thread(&state);
	note(now_us(), "RUNNABLE", "started: TID %d, state %c, has not run yet", tid, state);
	seen = seen && tid && state == 'R' && worker.runs == 0;
	do {
		sleep_ms(1);
		other_thread(&state);
	} while (worker.runs == 0 || (worker.runs == 1 && state != 'S'));
	note(worker.first_run, "RUNNING", "its first instruction; a local at %p", worker.local);
	note(now_us(), "BLOCKED", "state %c: it waits for a semaphore", state);
	sem_post(&worker.go);
	other_thread(&state);
	note(now_us(), "RUNNABLE", "posted: state %c, has not gone on yet", state);
	seen = seen && state == 'R' && worker.runs == 1;
	pthread_join(thread, NULL);
	note(worker.second_run, "RUNNING", "it goes on behind its sem_wait()");
	for (int ms = 0; ms < 1000 && other_thread(&state); ms++)
		sleep_ms(1);
	note(now_us(), "DEAD", "joined: TID %d is %s", tid,
	     other_thread(&state) ? "there" : "gone");
	return seen && other_thread(&state) == 0 && worker.tid == tid;
}

int main(int argc, char **argv)
{
	int lives = 1;

	demo_begin(argc, argv, NULL);
	stay_on_cpu(cpu_number(0));
	while (!watch() && lives < 200)
		lives++;
	printf("%9s  %-9s %s\n", "ms", "state", "seen");
	bool ordered = true;
	for (int i = 0; i < EVENTS; i++) {
		ordered = ordered && (i == 0 || events[i].us >= events[i - 1].us);
		printf("%9.3f  %-9s %s\n", (events[i].us - events[0].us) / 1000.0, events[i].state,
		       events[i].text);
	}
	printf("main saw all of it in life number %d\n", lives);
	claim(lives < 200, "no life of %d was seen in all its states", lives);
	claim(ordered, "the states did not come in this order");
	return verdict("NEW, RUNNABLE, RUNNING, BLOCKED, RUNNABLE, RUNNING, DEAD");
}
