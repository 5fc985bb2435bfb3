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

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { IS_IT_READY = 'r', WAIT = 'w', CALL_ME = 'c' }; /* what the client says, one byte each */

static long jobs = 25, job_ms = 20, poll_ms = 4;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static pid_t client;
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

static long do_job(void)
{
	sleep_ms(job_ms);
	return now_us();
}

static void *serve(void *listener)
{
	char word;

	for (int connection; (connection = accept(*(int *)listener, NULL, NULL)) >= 0;) {
		while (read(connection, &word, 1) == 1) {
			long done = word == IS_IT_READY ? is_it_ready() : do_job();

			if (word == CALL_ME)
				sigqueue(client, SIGRTMIN,
					 (union sigval){.sival_ptr = (void *)done});
			else
				must(write(connection, &done, sizeof(done)) > 0, "answer");
		}
		close(connection);
	}
	return NULL;
}

/* ---- The client ---- */

/* A new connection, in which a word is said so many times. */
static int say(char word, long times)
{
	int server = socket(AF_UNIX, SOCK_STREAM, 0);

	must(connect(server, (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
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

static void called(int number, siginfo_t *info, void *context)
{
	woken((long)info->si_value.sival_ptr);
}

static void callback(void)
{
	struct sigaction action = {.sa_sigaction = called, .sa_flags = SA_SIGINFO};

	sigaction(SIGRTMIN, &action, NULL);
	close(say(CALL_ME, jobs)); /* nobody needs to hold the line */
	while (results < jobs)
		sleep_ms(10); /* or works on something else */
}

static void open_channel(void)
{
	listen_to(say(WAIT, jobs), jobs); /* all it wants; more could be said at any time */
}

/* Waits for all results in this way and prints a line; returns how often it woke up in vain. */
static long run(const char *name, void (*way)(void), long connections_expected)
{
	connections = wakeups = results = latency_us = 0;
	way();
	printf("%-22s %11ld %9ld %8ld %8ld us\n", name, connections, wakeups, wakeups - results,
	       latency_us / jobs);
	claim(results == jobs, "%s: %ld results came", name, results);
	claim(!connections_expected || connections == connections_expected,
	      "%s: %ld connections, not %ld", name, connections, connections_expected);
	return wakeups - results;
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv, (struct number[]){{"RESULTS", &jobs, 1, 10000}, {0}});
	jobs = quick ? jobs / 3 + 1 : jobs;
	client = getpid();
	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "notify.%d", client);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	must(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	must(listen(listener, 5) == 0, "listen");
	pid_t server = start_process(serve, &listener);

	printf("%ld results, each takes the server %ld ms; polled every %ld ms\n\n", jobs, job_ms,
	       poll_ms);
	printf("%-22s %11s %9s %8s %11s\n", "way", "connections", "wake-ups", "in vain", "latency");
	claim(run("polling", polling, 0) >= jobs, "polling did not ask too early");
	claim(run("long polling (blocks)", long_polling, jobs) == 0, "it woke up in vain");
	claim(run("callback (signal)", callback, 1) == 0, "it woke up in vain");
	claim(run("channel kept open", open_channel, 1) == 0, "it woke up in vain");
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return verdict("who asks wakes in vain; who is told wakes once for each result");
}
