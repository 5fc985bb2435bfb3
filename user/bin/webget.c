/* SPDX-License-Identifier: MIT */
/*
 * webget: asks webd. One path: prints what it answers. Several paths, or -c N clients for each: all
 * at once, in the order given, and a table of how long each took. --compare: runs webd with one
 * thread and with a thread for each client, asks both for /slow and, behind it, /fast.
 */
#include "web.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

#define CLIENTS_MAX 512
#define PATIENCE_S  60

static const char usage_text[] =
	"webget [-c N] [-s SOCKET] [PATH...]\n       webget --compare [--slow MS]";

struct client {
	const char *path;
	int fd;
	int status; /* 0: no answer */
	long ms;
	size_t length; /* of the answer */
	char *body;    /* in text, or NULL */
	char text[2048];
};

static struct client clients[CLIENTS_MAX];
static const char *server_path = WEB_SOCKET;

/* A connection to the server, which may be about to start: -1 when there is none after 2 s. */
static int connect_to_server(void)
{
	struct sockaddr_un address = web_address(server_path);
	struct timeval patience = {PATIENCE_S, 0};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(EXIT_FAILURE, "socket");
	for (int tries = 0; connect(fd, (struct sockaddr *)&address, sizeof(address)); tries++) {
		if ((errno != ENOENT && errno != ECONNREFUSED) || tries == 100)
			err(EXIT_FAILURE, "%s", server_path);
		web_sleep_ms(20);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void ask(struct client *client)
{
	char text[512];
	int length = snprintf(text, sizeof(text),
			      "GET %s HTTP/1.1\r\nHost: local\r\nConnection: close\r\n\r\n",
			      client->path);

	if (length >= (int)sizeof(text))
		errx(EXIT_USAGE, "%s: too long", client->path);
	client->fd = connect_to_server();
	client->ms = (long)web_now_ms();
	send(client->fd, text, (size_t)length, MSG_NOSIGNAL);
}

/* Reads the answer to its end. */
static void *listen_to(void *argument)
{
	struct client *client = argument;
	ssize_t got;

	while (client->length < sizeof(client->text) - 1 &&
	       (got = read_some(client->fd, client->text + client->length,
				sizeof(client->text) - 1 - client->length)) > 0)
		client->length += (size_t)got;
	client->text[client->length] = '\0';
	client->ms = (long)web_now_ms() - client->ms;
	close(client->fd);
	if (sscanf(client->text, "HTTP/1.1 %d ", &client->status) != 1)
		client->status = 0;
	client->body = strstr(client->text, "\r\n\r\n");
	return NULL;
}

/* All ask, one after the other, so that the server sees them in this order; then all listen. */
static void run(int count)
{
	static pthread_t threads[CLIENTS_MAX];

	for (int i = 0; i < count; i++) {
		ask(&clients[i]);
		if (pthread_create(&threads[i], NULL, listen_to, &clients[i]))
			errx(EXIT_FAILURE, "cannot make %d threads", count);
	}
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

static int table(int count)
{
	int answered = 0;

	printf("%-16s %6s %8s\n", "path", "status", "ms");
	for (int i = 0; i < count; i++) {
		printf("%-16s %6d %8ld\n", clients[i].path, clients[i].status, clients[i].ms);
		answered += clients[i].status == 200;
	}
	printf("%d of %d answered\n", answered, count);
	return answered == count ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int print_answer(const struct client *client)
{
	if (!client->body)
		errx(EXIT_FAILURE, "no answer");
	if (client->status != 200)
		fprintf(stderr, "webget: %d\n", client->status);
	fputs(client->body + 4, stdout);
	return client->status == 200 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- Both servers ---- */

/*
 * Prints one line of the table: how long /slow and, asked behind it, /fast took. Did /fast wait for
 * /slow? The order of the answers says it, and not the clock: the machine may be slow, too.
 */
static bool waits(const char *form, long slow_ms)
{
	struct pollfd other;
	char path[64], slow[24];
	bool waited;
	pid_t pid;

	snprintf(path, sizeof(path), "/tmp/web.%d.socket", (int)getpid());
	snprintf(slow, sizeof(slow), "%ld", slow_ms);
	server_path = path;
	pid = fork();
	if (pid == 0) {
		execlp("webd", "webd", form, "--slow", slow, "--socket", path, (char *)NULL);
		err(EXIT_FAILURE, "webd");
	}
	clients[0] = (struct client){.path = "/slow"};
	clients[1] = (struct client){.path = "/fast"};
	ask(&clients[0]);
	ask(&clients[1]);
	listen_to(&clients[1]);
	other = (struct pollfd){.fd = clients[0].fd, .events = POLLIN};
	waited = poll(&other, 1, 0) == 1;
	listen_to(&clients[0]);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	printf("%-12s %7ld ms %7ld ms\n", form, clients[0].ms, clients[1].ms);
	fflush(stdout);
	if (clients[0].status != 200 || clients[1].status != 200)
		errx(EXIT_FAILURE, "webd did not answer");
	return waited;
}

static int compare(const char *slow)
{
	long slow_ms = number_argument(slow, 100);
	bool single, threaded = true;

	printf("%-12s %10s %10s\n", "webd", "/slow", "/fast");
	fflush(stdout);
	single = waits("--single", slow_ms);
	/* A machine that is busy for so long as /slow sleeps gets more time. */
	for (int tries = 0; tries < 4 && threaded; tries++, slow_ms *= 2)
		threaded = waits("--threaded", slow_ms);
	if (single && !threaded) {
		printf("/fast waits behind /slow, unless each client has a thread of its own\n");
		return EXIT_SUCCESS;
	}
	printf("not shown: with one thread /fast should wait, with several it should not\n");
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	int count = 0, each = 1, status, first = 1;

	if (argc > 1 && !strcmp(argv[1], "--compare")) {
		if (argc == 4 && !strcmp(argv[2], "--slow"))
			return finish(compare(argv[3]));
		if (argc == 2)
			return finish(compare("5000"));
		usage(usage_text);
	}
	for (; first < argc && argv[first][0] == '-'; first += 2) {
		if (first + 1 == argc)
			usage(usage_text);
		if (!strcmp(argv[first], "-c"))
			each = (int)number_argument(argv[first + 1], 1);
		else if (!strcmp(argv[first], "-s"))
			server_path = argv[first + 1];
		else
			usage(usage_text);
	}
	if (each > CLIENTS_MAX || (argc - first) * each > CLIENTS_MAX)
		errx(EXIT_USAGE, "at most %d clients", CLIENTS_MAX);
	for (int i = first; i < argc || i == first; i++)
		for (int j = 0; j < each; j++)
			clients[count++].path = i < argc ? argv[i] : "/";
	run(count);
	status = count == 1 ? print_answer(&clients[0]) : table(count);
	return finish(status);
}
