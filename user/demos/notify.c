/* SPDX-License-Identifier: MIT */
/*
 * Shows four ways to wait for the results of a slow server: to ask again and again (polling), to
 * ask once and be kept waiting (long polling), to be called when it is done (a signal), and a
 * connection that is kept open, in which both speak when they have something to say.
 *
 * Counted are connections, and how often the client woke up; what it woke up for in vain it could
 * have slept through. The server says with each result when it was there: the latency.
 */
#include "demo.h"
#include "server.h"

enum { IS_IT_READY = 'r', WAIT = 'w', CALL_ME = 'c' }; /* what the client says, one byte each */

static long jobs = 25, job_ms = 20, poll_ms = 4;
static volatile long connections, wakeups, results, latency_us; /* counted, also by a handler */

/* ---- The server ---- */

/* The time when the result was there, or 0: not yet. Who asks first has the job begun. */
static long is_it_ready(void)
{
	static long due; /* 0: no job was begun */
	long done = due;

	if (done && now_us() < done)
		return 0;
	due = done ? 0 : now_us() + job_ms * 1000;
	return done;
}

/* Answers a word that came in a connection. */
static void hear(int connection, char word)
{
	bool only_asks = word == IS_IT_READY;

	if (!only_asks)
		sleep_ms(job_ms); /* does the job */
	long done = only_asks ? is_it_ready() : now_us();
	if (word == CALL_ME)
		call(getppid(), done);
	else
		must(write(connection, &done, sizeof(done)) > 0, "answer");
}

/* ---- The client ---- */

/* A new connection, in which a word is said so many times. */
static int say(char word, long times)
{
	int server = connect_to_server();

	connections++;
	for (long i = 0; i < times; i++)
		must(write(server, &word, 1) == 1, "write");
	return server;
}

/* Told when the result was there, or 0. */
static void woken(long done)
{
	wakeups++;
	if (done == 0)
		return; /* in vain */
	latency_us += now_us() - done;
	results++;
}

static void listen_to(int server, long answers)
{
	long done;

	for (long i = 0; i < answers; i++) {
		must(read(server, &done, sizeof(done)) == sizeof(done), "read");
		woken(done);
	}
	close(server);
}

static void polling(void)
{
	for (; results < jobs; sleep_ms(poll_ms))
		listen_to(say(IS_IT_READY, 1), 1);
}

static void long_polling(void)
{
	while (results < jobs)
		listen_to(say(WAIT, 1), 1);
}

static void callback(void)
{
	when_called(woken);
	close(say(CALL_ME, jobs)); /* nobody needs to hold the line */
	while (results < jobs)
		sleep_ms(10); /* or works on something else */
}

static void open_channel(void)
{
	listen_to(say(WAIT, jobs), jobs); /* all it wants; more could be said at any time */
}

/* Waits for all results in this way and prints a line; returns how often it woke up in vain.
 * Expected are so many connections; 0: any number. */
static long run(const char *name, void (*way)(void), long expected)
{
	connections = wakeups = results = latency_us = 0;
	way();
	printf("%-22s %11ld %9ld %8ld %8ld us\n", name, connections, wakeups, wakeups - results,
	       latency_us / jobs);
	claim(results == jobs, "%s: %ld results came", name, results);
	claim(!expected || connections == expected, "%s: %ld connections", name, connections);
	return wakeups - results;
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv, (struct number[]){{"RESULTS", &jobs, 1, 10000}, {0}});
	jobs = quick ? jobs / 3 + 1 : jobs;
	start_server(hear);
	printf("%ld results, each takes the server %ld ms; polled every %ld ms\n\n", jobs, job_ms,
	       poll_ms);
	printf("%-22s %11s %9s %8s %11s\n", "way", "connections", "wake-ups", "in vain", "latency");
	claim(run("polling", polling, 0) >= jobs, "polling did not ask too early");
	claim(run("long polling (blocks)", long_polling, jobs) == 0, "it woke up in vain");
	claim(run("callback (signal)", callback, 1) == 0, "it woke up in vain");
	claim(run("channel kept open", open_channel, 1) == 0, "it woke up in vain");
	end_server();
	return verdict("who asks wakes in vain; who is told wakes once for each result");
}
