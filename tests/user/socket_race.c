/* SPDX-License-Identifier: MIT */
/*
 * Threads that get in each other's way on the same sockets: connecting one twice, binding one name,
 * shutting down and closing what others use, listeners that come and go, a socket that is closed
 * while a path leads past it. What each is told may differ from run to run; that it is one of the
 * right things, that bytes stay whole, and that nothing is left (the runner counts) may not.
 */
#include "ipc_help.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

#define THREADS 4

static struct sockaddr_un address = {AF_UNIX, "race.socket"};
static _Atomic int wins, begun;
static int shared_fd, shared_pair[2];

static void together(void *(*run)(void *))
{
	pthread_t threads[THREADS];

	wins = begun = 0;
	for (long i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, run, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

/* All threads leave here at about the same time. */
static void line_up(void)
{
	begun++;
	while (begun < THREADS)
		sched_yield();
}

static int new_listener(void)
{
	int fd = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));

	unlink(address.sun_path);
	CHECK_OK(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	CHECK_OK(listen(fd, 50));
	return fd;
}

static void *connect_shared(void *unused)
{
	line_up();
	if (connect(shared_fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		wins++;
	else
		CHECK(errno == EISCONN || errno == EALREADY || errno == EINVAL);
	return NULL;
}

static void one_connects(void)
{
	int server = new_listener();

	for (int round = 0; round < 30; round++) {
		shared_fd = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));
		together(connect_shared);
		CHECK_EQ(wins, 1);
		close(CHECK_OK(accept(server, NULL, NULL)));
		CHECK_EQ(ipc_poll(server, POLLIN), 0);
		close(shared_fd);
	}
}

static void *bind_shared(void *unused)
{
	int fd = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));

	line_up();
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		wins++;
	else
		CHECK_EQ(errno, EADDRINUSE);
	close(fd);
	return NULL;
}

/* The path stays with a socket that is closed: until unlink() nobody else gets it. */
static void one_binds(void)
{
	for (int round = 0; round < 30; round++) {
		unlink(address.sun_path);
		together(bind_shared);
		CHECK_EQ(wins, 1);
	}
}

static void *use_pair(void *number)
{
	char buffer[512];

	line_up();
	if ((long)number == 0) {
		check_sleep_ms(1);
		shutdown(shared_pair[0], SHUT_RDWR);
	} else if ((long)number == 1) {
		while (send(shared_pair[0], buffer, sizeof(buffer), MSG_NOSIGNAL) > 0)
			;
		CHECK_EQ(errno, EPIPE);
	} else {
		ssize_t n;

		while ((n = recv(shared_pair[(long)number & 1], buffer, sizeof(buffer), 0)) > 0)
			;
		CHECK_EQ(n, 0);
	}
	return NULL;
}

/* Shut down under the hands of those who send and receive: all of them end. */
static void shut_in_use(void)
{
	for (int round = 0; round < 30; round++) {
		CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, shared_pair));
		together(use_pair);
		close(shared_pair[0]);
		close(shared_pair[1]);
	}
}

static _Atomic int over;

/* Clients of a listener that comes and goes: served, refused, or reset, but never stuck. */
static void *be_client(void *unused)
{
	while (!over) {
		int fd = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));
		char c = 'q';

		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
			CHECK(errno == ENOENT || errno == ECONNREFUSED);
		} else if (send(fd, &c, 1, MSG_NOSIGNAL) != 1) {
			CHECK(errno == EPIPE || errno == ECONNRESET);
		} else {
			ssize_t n = recv(fd, &c, 1, 0);

			CHECK(n == 0 || (n == 1 && c == 'a') || errno == ECONNRESET);
			wins += n == 1;
		}
		close(fd);
	}
	return NULL;
}

static void serve_some(int server, int count)
{
	for (int i = 0; i < count; i++) {
		int fd = CHECK_OK(accept(server, NULL, NULL));
		char c;

		if (recv(fd, &c, 1, 0) == 1)
			CHECK_EQ(send(fd, "a", 1, MSG_NOSIGNAL), 1);
		close(fd);
	}
}

static void listeners_come_and_go(void)
{
	pthread_t threads[THREADS];

	over = wins = 0;
	unlink(address.sun_path);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, be_client, NULL), 0);
	for (int round = 0; round < 20; round++) {
		int server = new_listener();

		serve_some(server, round % 4 + 1);
		close(server);
	}
	over = 1;
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	CHECK_RANGE(wins, 20, 1000);
}

/* Binds below a descriptor that is a socket at most: the walk meets it as it is closed. */
static void *bind_below_socket(void *unused)
{
	int fd = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	struct sockaddr_un below = {AF_UNIX, ""};

	snprintf(below.sun_path, sizeof(below.sun_path), "/proc/self/fd/%d/x", shared_fd);
	while (!over) {
		CHECK(bind(fd, (struct sockaddr *)&below, sizeof(below)) == -1);
		CHECK(errno == ENOTDIR || errno == ENOENT);
	}
	close(fd);
	return NULL;
}

static void closed_under_the_walk(void)
{
	int fd = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	pthread_t threads[THREADS];

	over = 0;
	shared_fd = 500;
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, bind_below_socket, NULL), 0);
	for (int round = 0; round < 3000; round++) {
		CHECK_EQ(dup2(fd, shared_fd), shared_fd);
		close(fd);
		fd = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));
		close(shared_fd);
	}
	over = 1;
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	close(fd);
}

static const struct check_case cases[] = {
	CASE(one_connects),          CASE(one_binds),
	CASE(shut_in_use),           CASE(listeners_come_and_go),
	CASE(closed_under_the_walk),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
