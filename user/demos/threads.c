/* SPDX-License-Identifier: MIT */
/*
 * Shows why there are threads. A download comes slowly from a server, and meanwhile the program
 * should go on drawing: it counts the pictures that it drew while the download was not complete.
 *
 * Alone it waits and draws nothing. A second process downloads beside it, but has memory of its
 * own: the program does not see what came. A second thread does neither harm.
 */
#include "demo.h"

#define CHUNKS 10

static char received[CHUNKS * 4096]; /* the download */
static _Atomic bool complete;
static pid_t server;
static int wire;      /* where the server sends: one byte for a chunk */
static long chunk_ms; /* how long each chunk takes */

static void *serve(void *unused)
{
	for (int i = 0; i < CHUNKS; i++) {
		sleep_ms(chunk_ms);
		must(write(STDOUT_FILENO, "x", 1) == 1, "write");
	}
	return NULL;
}

static void *download(void *unused)
{
	char byte;

	for (int i = 0; i < CHUNKS && read(wire, &byte, 1) == 1; i++)
		memset(received + i * 4096, byte, 4096);
	complete = true;
	return NULL;
}

/* A server in a process of its own, that sends to `wire`. */
static void start_server(void)
{
	int fds[2];

	must(pipe(fds) == 0, "pipe");
	must((server = fork()) >= 0, "fork");
	if (server == 0) {
		dup2(fds[1], STDOUT_FILENO);
		serve(NULL);
		_exit(0);
	}
	close(fds[1]);
	wire = fds[0];
	memset(received, 0, sizeof(received));
	complete = false;
}

/* Draws until `helper` (a process) has ended or, with 0, the download is complete. */
static long draw(pid_t helper)
{
	long pictures = 0;

	while (helper ? waitpid(helper, NULL, WNOHANG) == 0 : !complete) {
		sleep_ms(5);
		pictures++;
	}
	waitpid(server, NULL, 0);
	return pictures;
}

static void show(const char *who, long pictures, long kb, bool have_it)
{
	printf("%-22s %9ld %12ld KiB   %s\n", who, pictures, kb,
	       have_it ? "has the download" : "does not see the download");
}

/* Downloads in a second process; the pictures drawn meanwhile, and how much memory that takes. */
static long draw_beside_process(long *kb)
{
	start_server();
	pid_t process = start_process(download, NULL);
	sleep_ms(chunk_ms);
	*kb = memory_kb(process);
	return draw(process);
}

/* The same in a second thread. */
static long draw_beside_thread(long *kb)
{
	start_server();
	long before = memory_kb(0);
	pthread_t thread = start_thread(download, NULL);
	sleep_ms(chunk_ms);
	*kb = memory_kb(0) - before;
	long pictures = draw(0);
	pthread_join(thread, NULL);
	return pictures;
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv, NULL);
	chunk_ms = quick ? 10 : 50;
	printf("a download of %d chunks, one each %ld ms\n\n", CHUNKS, chunk_ms);
	printf("%-22s %9s %16s   %s\n", "who downloads", "pictures", "more memory", "the program");

	start_server();
	download(NULL);
	long alone = draw(0);
	show("the only thread", alone, 0, received[0]);

	/* Each once, if the machine is not so busy that a download is over before anything else. */
	long process_kb = 0, thread_kb = 0, beside_process = 0, beside_thread = 0;
	for (int tries = 0; tries < 20 && (beside_process == 0 || process_kb <= 0); tries++)
		beside_process = draw_beside_process(&process_kb);
	show("a second process", beside_process, process_kb, received[0]);
	claim(!received[0], "a process wrote into another's memory");
	for (int tries = 0; tries < 20 && (beside_thread == 0 || thread_kb < 0); tries++)
		beside_thread = draw_beside_thread(&thread_kb);
	show("a second thread", beside_thread, thread_kb, received[0]);
	claim(received[0], "the thread's download is not in the program's memory");

	claim(alone == 0, "the program drew while its only thread was waiting");
	claim(beside_process > 0 && beside_thread > 0, "the program did not go on drawing");
	claim(thread_kb < process_kb, "a thread takes as much memory as a process");
	return verdict("a thread keeps a program answering, for less memory than a process");
}
