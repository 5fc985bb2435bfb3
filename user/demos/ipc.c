/* SPDX-License-Identifier: MIT */
/*
 * Shows two models of working together: the same messages by each of the ways in ways.h, from one
 * process to another, and between two threads; what a message costs, and what a MiB.
 *
 * The models differ in what arrives when the sender changes its message after it has sent it, and
 * before it is received: of messages the kernel has made a copy, shared memory has one only.
 */
#include "demo.h"
#include "ways.h"

#include <limits.h>

#define SMALL 64
#define LARGE 4096
#define MIB   (1 << 20)

static const struct way *way;
static long count;  /* of messages */
static size_t size; /* of each */
static sem_t *told; /* the first message has been sent, and then changed */

static void *send_all(void *unused)
{
	char *message = way->place();

	strcpy(message, "as sent");
	must(way->send(size), "send");
	strcpy(message, "changed");
	sem_post(told);
	for (long i = 0; i < count; i++) {
		message = way->place();
		memset(message, i % 100, size);
		must(way->send(size), "send");
	}
	return NULL;
}

/* Receives them all; the cost of each in nanoseconds, and how the first one arrived. */
static long receive_all(char *first)
{
	long wrong = 0;

	must(sem_wait(told) == 0, "sem_wait");
	snprintf(first, SMALL, "%.7s", way->receive(size));
	long start = now_us();
	for (long i = 0; i < count; i++) {
		const char *message = way->receive(size);

		wrong += message[0] != i % 100 || message[size - 1] != i % 100;
	}
	claim(wrong == 0, "%s: %ld messages are not those that were sent", way->name, wrong);
	return (now_us() - start) * 1000 / count;
}

/* One sends, the other receives; the cost of each message. */
static long run(char *first)
{
	pthread_t thread = 0;

	must(way->open(ends) >= 0, way->name);
	if (way->threads)
		thread = start_thread(send_all, NULL);
	else
		start_process(send_all, NULL);
	long ns = receive_all(first);
	if (way->threads)
		pthread_join(thread, NULL);
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < 2 && !way->shared; i++)
		close(ends[i]);
	return ns;
}

/* The fastest of three: what else the machine does only adds. */
static long cost(long messages, size_t bytes, char *first)
{
	long best = LONG_MAX;

	count = messages, size = bytes;
	for (int i = 0; i < 3; i++) {
		long ns = run(first);

		if (ns < best)
			best = ns;
	}
	return best;
}

int main(int argc, char **argv)
{
	long messages = 2000;
	char first[SMALL];

	demo_begin(argc, argv, (struct number[]){{"MESSAGES", &messages, 1, 1000000}, {0}});
	told = shared_memory(sizeof(*told));
	sem_init(told, 1, 0);
	stay_on_cpu(cpu_number(0)); /* both: what counts is the way, not how far apart they are */
	messages = quick ? messages / 10 : messages;
	printf("%ld messages of %d bytes, then of %d\n\n", messages, SMALL, LARGE);
	printf("%-26s %15s %12s   %s\n", "by", "each message", "each MiB", "changed after sending");
	for (size_t i = 0; i < WAYS; i++) {
		way = &ways[i];
		long small = cost(messages, SMALL, first);
		long large = cost(messages / 10 + 1, LARGE, first);

		printf("%-26s %12ld ns %9ld us   arrives %s\n", way->name, small,
		       large * (MIB / LARGE) / 1000, first);
		claim(strcmp(first, way->shared ? "changed" : "as sent") == 0,
		      "%s is of the other model", way->name);
	}
	printf("\nmessages: copied in and out by the kernel, which keeps order and lets wait\n"
	       "shared memory: nothing is copied, and a lock must say whose turn it is\n");
	return verdict("a message is a copy; shared memory is the same bytes for both");
}
