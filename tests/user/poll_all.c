/* SPDX-License-Identifier: MIT */
/*
 * poll, ppoll, select and pselect over everything that can be waited for at once: a pipe, a FIFO, a
 * connection, a listener, a message queue, a file. Each becomes ready alone, while the caller
 * sleeps; time limits, masks, signals, many descriptors, and ones that close meanwhile.
 */
#include "ipc_help.h"

#include <mqueue.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>

enum source { PIPE, FIFO, CONNECTION, LISTENER, QUEUE, SOURCES };

static int waits[SOURCES]; /* what is polled for POLLIN */
static int gives[SOURCES]; /* what makes it ready */
static struct sockaddr_un address = {AF_UNIX, "poll.socket"};

static void make_sources(void)
{
	struct mq_attr attributes = {.mq_maxmsg = 2, .mq_msgsize = 8};
	int fds[2];

	CHECK_OK(pipe(fds));
	waits[PIPE] = fds[0];
	gives[PIPE] = fds[1];
	unlink("poll.fifo");
	CHECK_OK(mkfifo("poll.fifo", 0600));
	waits[FIFO] = CHECK_OK(open("poll.fifo", O_RDONLY | O_NONBLOCK));
	gives[FIFO] = CHECK_OK(open("poll.fifo", O_WRONLY));
	CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	waits[CONNECTION] = fds[0];
	gives[CONNECTION] = fds[1];
	unlink(address.sun_path);
	waits[LISTENER] = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	CHECK_OK(bind(waits[LISTENER], (struct sockaddr *)&address, sizeof(address)));
	CHECK_OK(listen(waits[LISTENER], 5));
	gives[LISTENER] = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	waits[QUEUE] = CHECK_OK(mq_open("/poll.queue", O_CREAT | O_RDWR, 0600, &attributes));
	CHECK_OK(mq_unlink("/poll.queue"));
	gives[QUEUE] = waits[QUEUE];
}

static void give(int source)
{
	if (source == LISTENER)
		CHECK_OK(connect(gives[source], (struct sockaddr *)&address, sizeof(address)));
	else if (source == QUEUE)
		CHECK_OK(mq_send(gives[source], "x", 1, 0));
	else
		CHECK_EQ(write(gives[source], "x", 1), 1);
}

static void close_sources(void)
{
	for (int i = 0; i < SOURCES; i++) {
		close(waits[i]);
		close(gives[i]);
	}
}

static pid_t give_later(int source)
{
	pid_t pid = fork();

	if (pid == 0) {
		check_sleep_ms(15);
		give(source);
		_exit(check_failures != 0);
	}
	return pid;
}

static void wait_by_poll(int source)
{
	struct pollfd p[SOURCES];

	for (int i = 0; i < SOURCES; i++)
		p[i] = (struct pollfd){waits[i], POLLIN, -1};
	CHECK_EQ(source & 1 ? ppoll(p, SOURCES, NULL, NULL) : poll(p, SOURCES, -1), 1);
	for (int i = 0; i < SOURCES; i++)
		CHECK_EQ(p[i].revents, i == source ? POLLIN : 0);
}

static void wait_by_select(int source)
{
	fd_set set;
	int highest = 0;

	FD_ZERO(&set);
	for (int i = 0; i < SOURCES; i++) {
		FD_SET(waits[i], &set);
		highest = waits[i] > highest ? waits[i] : highest;
	}
	if (source & 1)
		CHECK_EQ(pselect(highest + 1, &set, NULL, NULL, NULL, NULL), 1);
	else
		CHECK_EQ(select(highest + 1, &set, NULL, NULL, NULL), 1);
	for (int i = 0; i < SOURCES; i++)
		CHECK_EQ(!!FD_ISSET(waits[i], &set), i == source);
}

/* Asleep over all of them, each wakes it alone. */
static void each_alone(void)
{
	for (int source = 0; source < SOURCES; source++)
		for (int by_select = 0; by_select < 2; by_select++) {
			pid_t pid;

			make_sources();
			pid = give_later(source);
			if (by_select)
				wait_by_select(source);
			else
				wait_by_poll(source);
			CHECK_EXITED(check_wait(pid, 5000), 0);
			close_sources();
		}
}

static void all_at_once(void)
{
	struct pollfd p[SOURCES + 3];
	int file = CHECK_OK(open("poll.file", O_RDWR | O_CREAT, 0600));

	make_sources();
	for (int i = 0; i < SOURCES; i++) {
		p[i] = (struct pollfd){waits[i], POLLIN, 0};
		give(i);
	}
	p[SOURCES] = (struct pollfd){file, POLLIN | POLLOUT, 0};
	p[SOURCES + 1] = (struct pollfd){-1, POLLIN, 77};
	p[SOURCES + 2] = (struct pollfd){999, POLLIN, 0};
	CHECK_EQ(poll(p, SOURCES + 3, -1), SOURCES + 2);
	for (int i = 0; i < SOURCES; i++)
		CHECK_EQ(p[i].revents, POLLIN);
	CHECK_EQ(p[SOURCES].revents, POLLIN | POLLOUT);
	CHECK_EQ(p[SOURCES + 1].revents, 0);
	CHECK_EQ(p[SOURCES + 2].revents, POLLNVAL);
}

static void time_limits(void)
{
	struct timespec limit = {0, 30000000}, none = {0, 0}, bad = {0, 1000000000};
	struct timeval left = {0, 30000};
	struct pollfd p;
	long long start;
	fd_set set;

	make_sources();
	p = (struct pollfd){waits[CONNECTION], POLLIN, 0};
	start = check_now_us();
	CHECK_EQ(poll(&p, 1, 30), 0);
	CHECK_AT_LEAST(check_now_us() - start, 29000);
	start = check_now_us();
	CHECK_EQ(ppoll(&p, 1, &limit, NULL), 0);
	CHECK_AT_LEAST(check_now_us() - start, 29000);
	CHECK_EQ(limit.tv_nsec, 30000000); /* libc keeps its own */
	CHECK_EQ(ppoll(&p, 1, &none, NULL), 0);
	CHECK_ERRNO(ppoll(&p, 1, &bad, NULL), EINVAL);
	FD_ZERO(&set);
	FD_SET(waits[QUEUE], &set);
	start = check_now_us();
	CHECK_EQ(select(waits[QUEUE] + 1, &set, NULL, NULL, &left), 0);
	CHECK_AT_LEAST(check_now_us() - start, 29000);
	CHECK_EQ(left.tv_usec, 0);
	CHECK(!FD_ISSET(waits[QUEUE], &set));
}

/* ---- Signals ---- */

static void call_poll(void)
{
	struct pollfd p[2] = {{waits[CONNECTION], POLLIN, 0}, {waits[QUEUE], POLLIN, 0}};

	if (poll(p, 2, -1) < 0)
		_exit(errno);
}

static void call_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(waits[LISTENER], &set);
	if (select(waits[LISTENER] + 1, &set, NULL, NULL, NULL) < 0)
		_exit(errno);
}

/* Never restarted, whatever the handler's flags say. */
static void signals(void)
{
	make_sources();
	ipc_check_blocking("poll", call_poll, NULL, EINTR);
	ipc_check_blocking("select", call_select, NULL, EINTR);
}

/* The mask holds for the call only: what is blocked outside comes in here, and once. */
static void masks(void)
{
	struct timespec limit = {10, 0};
	sigset_t block, none, now;
	struct pollfd p;
	fd_set set;

	make_sources();
	check_handler(SIGUSR1, ipc_on_signal, 0);
	sigemptyset(&none);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	CHECK_OK(sigprocmask(SIG_BLOCK, &block, NULL));
	raise(SIGUSR1);
	CHECK_EQ(ipc_signals, 0);
	p = (struct pollfd){waits[PIPE], POLLIN, 0};
	CHECK_ERRNO(ppoll(&p, 1, &limit, &none), EINTR);
	CHECK_EQ(ipc_signals, 1);
	raise(SIGUSR1);
	FD_ZERO(&set);
	FD_SET(waits[PIPE], &set);
	CHECK_ERRNO(pselect(waits[PIPE] + 1, &set, NULL, NULL, &limit, &none), EINTR);
	CHECK_EQ(ipc_signals, 2);
	CHECK_OK(sigprocmask(SIG_BLOCK, NULL, &now));
	CHECK_EQ(sigismember(&now, SIGUSR1), 1);
}

/* ---- Many, and ones that go ---- */

static void many(void)
{
	enum { MANY = 100 };
	static struct pollfd p[MANY];
	static int peers[MANY];
	pid_t pid;

	for (int i = 0; i < MANY; i++) {
		int fds[2];

		CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
		p[i] = (struct pollfd){fds[0], POLLIN, 0};
		peers[i] = fds[1];
	}
	pid = fork();
	if (pid == 0) {
		check_sleep_ms(20);
		_exit(write(peers[71], "x", 1) != 1);
	}
	CHECK_EQ(poll(p, MANY, -1), 1);
	CHECK_EQ(p[71].revents, POLLIN);
	CHECK_EXITED(check_wait(pid, 5000), 0);
	for (int i = 0; i < MANY; i++)
		close(peers[i]);
	CHECK_EQ(poll(p, MANY, -1), MANY);
	CHECK_EQ(p[70].revents & POLLHUP, POLLHUP);
}

static int chosen;

static void call_poll_end(void)
{
	struct pollfd p = {waits[chosen], POLLIN, 0};

	close(gives[chosen]);
	CHECK_EQ(poll(&p, 1, -1), 1);
	CHECK(p.revents & POLLHUP);
}

/* The last who could have given is killed: whoever polls is told. */
static void giver_dies(void)
{
	for (chosen = PIPE; chosen <= CONNECTION; chosen++) {
		pid_t giver, waiter;

		make_sources();
		giver = fork();
		if (giver == 0)
			pause();
		waiter = ipc_start(call_poll_end, 0);
		close(gives[chosen]);
		kill(giver, SIGKILL);
		CHECK_KILLED(check_wait(giver, 5000), SIGKILL);
		CHECK_EXITED(check_wait(waiter, 5000), 0);
		close_sources();
	}
}

static int order[2], done[2]; /* pipes: to close it, and that it is closed */

static void *close_it(void *unused)
{
	char c;

	CHECK_EQ(read(order[0], &c, 1), 1);
	CHECK_OK(close(waits[CONNECTION]));
	CHECK_EQ(write(done[1], "x", 1), 1);
	return NULL;
}

static void call_poll_closed(void)
{
	struct pollfd p = {waits[CONNECTION], POLLIN, 0};
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, close_it, NULL), 0);
	CHECK_EQ(poll(&p, 1, -1), 1);
	CHECK(p.revents == POLLIN || p.revents == POLLNVAL); /* Linux looks it up again */
	CHECK_EQ(pthread_join(thread, NULL), 0);
}

/* Another thread closes what is polled: the poll has it still, and is woken by what comes. */
static void closed_meanwhile(void)
{
	pid_t pid;
	char c;

	make_sources();
	CHECK_OK(pipe(order));
	CHECK_OK(pipe(done));
	pid = ipc_start(call_poll_closed, 0);
	close(waits[CONNECTION]);
	CHECK_EQ(write(order[1], "x", 1), 1);
	CHECK_EQ(read(done[0], &c, 1), 1);
	give(CONNECTION);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

static void too_many(void)
{
	struct rlimit limit = {50, 50};
	static struct pollfd p[51];

	CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
	for (int i = 0; i < 51; i++)
		p[i].fd = -1;
	CHECK_EQ(poll(p, 50, 0), 0);
	CHECK_ERRNO(poll(p, 51, 0), EINVAL);
}

static const struct check_case cases[] = {
	CASE(each_alone), CASE(all_at_once), CASE(time_limits), CASE(signals),          CASE(masks),
	CASE(many),       CASE(too_many),    CASE(giver_dies),  CASE(closed_meanwhile),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
