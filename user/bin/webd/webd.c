/* SPDX-License-Identifier: MIT */
/*
 * webd: an HTTP/1.1 server over local stream sockets, in three forms of the same work:
 *
 *      --single     one thread serves one client after the other: who comes behind a slow one waits
 *      --threaded   a thread for each client (the default)
 *      --pool N     N threads, made once, and a queue of clients before them
 *
 * It answers / and /fast at once and /slow after five seconds, everything else with an error, and
 * closes the connection after each answer. A client may say what it likes, or nothing: it gets an
 * error, after two seconds 408, and costs the others nothing but a thread.
 */
#include "../web.h"
#include "request.h"

#include <pthread.h>
#include <signal.h>
#include <sys/select.h>

#define THREADS_MAX 400 /* at once; who comes then gets 503 */
#define QUEUE_MAX   512 /* clients before the pool's threads: likewise */
#define STACK_BYTES 65536

static const char usage_text[] =
	"webd [--single | --threaded | --pool N] [--slow MS] [--patience MS] [--socket PATH]";

static long slow_ms = 5000;
static long request_ms = 2000; /* that a client may take to say what it wants */
static volatile sig_atomic_t ended;

/* ---- One client ---- */

static const char *reason_of(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed\r\nAllow: GET, HEAD";
	case 408:
		return "Request Timeout";
	case 413:
		return "Content Too Large";
	default:
		return "Service Unavailable";
	}
}

static void answer(int fd, int status, const char *body, int head_only)
{
	char text[512];
	int length;

	if (!body)
		body = reason_of(status);
	length = snprintf(text, sizeof(text),
			  "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
			  "Connection: close\r\n\r\n%s",
			  status, reason_of(status), strlen(body) + 1, head_only ? "" : body);
	if (!head_only)
		text[length++] = '\n';
	/* It fits into an empty connection: no client can make this wait. */
	send(fd, text, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void serve(int fd)
{
	struct request request = {.head_only = 0};
	int status = request_read(fd, request_ms, &request);
	const char *body = NULL;

	if (status == 200 && !strcmp(request.path, "/")) {
		body = "Hello, World!";
	} else if (status == 200 && !strcmp(request.path, "/fast")) {
		body = "fast";
	} else if (status == 200 && !strcmp(request.path, "/slow")) {
		web_sleep_ms(slow_ms);
		body = "slow";
	} else if (status == 200) {
		status = 404;
	}
	if (status)
		answer(fd, status, body, request.head_only);
	close(fd);
}

/* ---- A thread for each ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int threads; /* [lock] that serve */

static void *serve_one(void *client)
{
	serve((int)(long)client);
	pthread_mutex_lock(&lock);
	threads--;
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* 0, or -1: too many already. */
static int start_thread(void *(*function)(void *), void *argument)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int rc;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attributes, function, argument);
	pthread_attr_destroy(&attributes);
	return rc ? -1 : 0;
}

static void refuse(int fd)
{
	answer(fd, 503, NULL, 0);
	close(fd);
}

static void serve_in_thread(int fd)
{
	int full;

	pthread_mutex_lock(&lock);
	full = threads == THREADS_MAX || start_thread(serve_one, (void *)(long)fd);
	threads += !full;
	pthread_mutex_unlock(&lock);
	if (full)
		refuse(fd);
}

/* ---- A pool: the queue is a ring ---- */

static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static int queue[QUEUE_MAX];
static unsigned queue_start, queue_length; /* [lock] */

static void *work(void *unused)
{
	(void)unused;
	for (;;) {
		int fd;

		pthread_mutex_lock(&lock);
		while (queue_length == 0)
			pthread_cond_wait(&not_empty, &lock);
		fd = queue[queue_start];
		queue_start = (queue_start + 1) % QUEUE_MAX;
		queue_length--;
		pthread_mutex_unlock(&lock);
		serve(fd);
	}
	return NULL;
}

static void serve_by_pool(int fd)
{
	int full;

	pthread_mutex_lock(&lock);
	full = queue_length == QUEUE_MAX;
	if (!full)
		queue[(queue_start + queue_length++) % QUEUE_MAX] = fd;
	pthread_mutex_unlock(&lock);
	if (full)
		refuse(fd);
	else
		pthread_cond_signal(&not_empty);
}

/* ---- The server ---- */

static void on_end(int number)
{
	(void)number;
	ended = 1;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = web_address(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(EXIT_FAILURE, "socket");
	unlink(path); /* a server that was killed left it */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, SOMAXCONN))
		err(EXIT_FAILURE, "%s", path);
	return fd;
}

/* Until a signal of `asleep` comes, which is open only while this sleeps: so none comes between the
 * look at `ended` and the sleep. */
static void accept_all(int server, void (*take)(int), const sigset_t *asleep)
{
	while (!ended) {
		fd_set wanted;
		int fd;

		FD_ZERO(&wanted);
		FD_SET(server, &wanted);
		if (pselect(server + 1, &wanted, NULL, NULL, NULL, asleep) < 1)
			continue;
		fd = accept(server, NULL, NULL);
		if (fd >= 0)
			take(fd);
		else
			web_sleep_ms(10); /* no descriptor or memory is free: one will be */
	}
}

/* SIGTERM and SIGINT end the server. Threads made from here on leave them to this one. */
static void await_end(sigset_t *asleep)
{
	struct sigaction end = {.sa_handler = on_end};
	sigset_t both;

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	sigemptyset(&both);
	sigaddset(&both, SIGTERM);
	sigaddset(&both, SIGINT);
	pthread_sigmask(SIG_BLOCK, &both, asleep);
	sigdelset(asleep, SIGTERM);
	sigdelset(asleep, SIGINT);
}

int main(int argc, char **argv)
{
	const char *path = WEB_SOCKET, *form = "--threaded";
	void (*take)(int) = serve_in_thread;
	long pool = 0;
	sigset_t asleep;
	int server;

	for (int i = 1; i < argc; i++) {
		int has_value = i + 1 < argc;

		if (!strcmp(argv[i], "--single") || !strcmp(argv[i], "--threaded"))
			form = argv[i];
		else if (!strcmp(argv[i], "--pool") && has_value)
			pool = number_argument(argv[++i], 1);
		else if (!strcmp(argv[i], "--slow") && has_value)
			slow_ms = number_argument(argv[++i], 0);
		else if (!strcmp(argv[i], "--patience") && has_value)
			request_ms = number_argument(argv[++i], 1);
		else if (!strcmp(argv[i], "--socket") && has_value)
			path = argv[++i];
		else
			usage(usage_text);
	}
	if (pool > THREADS_MAX)
		usage(usage_text);
	if (pool)
		take = serve_by_pool;
	else if (!strcmp(form, "--single"))
		take = serve;
	server = listen_at(path);
	await_end(&asleep);
	for (long i = 0; i < pool; i++)
		if (start_thread(work, NULL))
			errx(EXIT_FAILURE, "cannot make %ld threads", pool);
	accept_all(server, take, &asleep);
	unlink(path);
	return 0; /* the threads end with the process */
}
