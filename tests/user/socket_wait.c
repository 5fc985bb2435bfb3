/* SPDX-License-Identifier: MIT */
/*
 * Calls on sockets that wait: what ends each of them (a signal, death, the peer, a time limit), and
 * that poll and select see what they would have seen.
 */
#include "ipc_help.h"

#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>

static char block[1 << 20];
static int fds[2], server;

static void make_pair(void)
{
	CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
}

static struct sockaddr_un name = {AF_UNIX, "waits"};

static void make_server(int backlog)
{
	unlink(name.sun_path);
	server = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	CHECK_OK(bind(server, (struct sockaddr *)&name, sizeof(name)));
	CHECK_OK(listen(server, backlog));
}

static int connect_new(int flags)
{
	int fd = CHECK_OK(socket(AF_UNIX, SOCK_STREAM | flags, 0));

	return connect(fd, (struct sockaddr *)&name, sizeof(name));
}

/* ---- Signals ---- */

static void call_read(void)
{
	if (read(fds[0], block, 1) < 0)
		_exit(errno);
}

static void call_recvmsg(void)
{
	struct iovec in = {block, 1};
	struct msghdr message = {.msg_iov = &in, .msg_iovlen = 1};

	if (recvmsg(fds[0], &message, 0) < 0)
		_exit(errno);
}

static void call_write(void)
{
	while (send(fds[0], block, 1000, MSG_DONTWAIT) > 0)
		;
	if (write(fds[0], block, 1000) < 0)
		_exit(errno);
}

static void call_sendmsg(void)
{
	struct iovec out = {block, 1000};
	struct msghdr message = {.msg_iov = &out, .msg_iovlen = 1};

	while (send(fds[0], block, 1000, MSG_DONTWAIT) > 0)
		;
	if (sendmsg(fds[0], &message, 0) < 0)
		_exit(errno);
}

/* To look takes nothing, but has to wait all the same. */
static void call_peek(void)
{
	if (recv(fds[0], block, 1, MSG_PEEK) < 0)
		_exit(errno);
}

static void call_accept(void)
{
	if (accept(server, NULL, NULL) < 0)
		_exit(errno);
}

static void call_connect(void)
{
	while (connect_new(SOCK_NONBLOCK) == 0)
		;
	if (connect_new(0) < 0)
		_exit(errno);
}

static void give_byte(void)
{
	CHECK_EQ(write(fds[1], "x", 1), 1);
}

static void take_all(void)
{
	while (recv(fds[1], block, sizeof(block), MSG_DONTWAIT) > 0)
		;
}

static void give_client(void)
{
	CHECK_OK(connect_new(0));
}

static void take_client(void)
{
	CHECK_OK(accept(server, NULL, NULL));
}

static void signals(void)
{
	make_pair();
	ipc_check_blocking("read", call_read, give_byte, 0);
	make_pair();
	ipc_check_blocking("recvmsg", call_recvmsg, give_byte, 0);
	make_pair();
	ipc_check_blocking("recv to peek", call_peek, give_byte, 0);
	CHECK_EQ(read(fds[0], block, sizeof(block)), 1);
	make_pair();
	ipc_check_blocking("write", call_write, take_all, 0);
	make_pair();
	ipc_check_blocking("sendmsg", call_sendmsg, take_all, 0);
	make_server(1);
	ipc_check_blocking("accept", call_accept, give_client, 0);
	make_server(1);
	ipc_check_blocking("connect", call_connect, take_client, 0);
}

static void set_timeout(int fd, int option, int ms)
{
	struct timeval limit = {ms / 1000, ms % 1000 * 1000};

	CHECK_OK(setsockopt(fd, SOL_SOCKET, option, &limit, sizeof(limit)));
}

/* With a time limit a call is not restarted, whatever the handler's flags. */
static void call_timed_recv(void)
{
	set_timeout(fds[0], SO_RCVTIMEO, 100000);
	if (recv(fds[0], block, 1, 0) < 0)
		_exit(errno);
}

static void timed_calls_are_not_restarted(void)
{
	make_pair();
	ipc_check_blocking("timed recv", call_timed_recv, NULL, EINTR);
}

static void call_recv_all(void)
{
	CHECK_EQ(recv(fds[0], block, 10, MSG_WAITALL), 3);
}

/* Broken off in the middle: what is there counts. */
static void part_of_all(void)
{
	pid_t pid;

	make_pair();
	CHECK_EQ(write(fds[1], "abc", 3), 3);
	pid = ipc_start(call_recv_all, 0);
	kill(pid, SIGUSR1);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

static void call_big_write(void)
{
	ssize_t n = write(fds[0], block, sizeof(block));

	CHECK_RANGE(n, 1, sizeof(block) - 1);
}

static void part_of_write(void)
{
	pid_t pid;

	make_pair();
	pid = ipc_start(call_big_write, SA_RESTART);
	kill(pid, SIGUSR1);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

/* ---- The peer ---- */

static void call_read_end(void)
{
	close(fds[1]);
	CHECK_EQ(read(fds[0], block, 1), 0);
}

/* The peer goes without having read: ECONNRESET for who waits, EPIPE for who comes later. */
static void call_write_broken(void)
{
	close(fds[1]);
	signal(SIGPIPE, SIG_IGN);
	while (send(fds[0], block, 1000, MSG_DONTWAIT) > 0)
		;
	CHECK_ERRNO(write(fds[0], block, 1), ECONNRESET);
	CHECK_ERRNO(write(fds[0], block, 1), EPIPE);
}

/* The peer shuts down its reading: EPIPE at once. */
static void call_write_shut(void)
{
	signal(SIGPIPE, SIG_IGN);
	while (send(fds[0], block, 1000, MSG_DONTWAIT) > 0)
		;
	CHECK_ERRNO(write(fds[0], block, 1), EPIPE);
}

static void call_connect_refused(void)
{
	close(server);
	while (connect_new(SOCK_NONBLOCK) == 0)
		;
	CHECK_EQ(errno, EAGAIN);
	CHECK_ERRNO(connect_new(0), ECONNREFUSED);
}

static void call_accept_shut(void)
{
	CHECK_ERRNO(accept(server, NULL, NULL), EINVAL);
}

/* Whoever sleeps is told when the other side goes, also when it is killed. */
static void peer_goes(void)
{
	pid_t pid, owner;

	make_pair();
	pid = ipc_start(call_read_end, 0);
	close(fds[1]);
	CHECK_EXITED(check_wait(pid, 5000), 0);
	make_pair();
	pid = ipc_start(call_read_end, 0);
	CHECK_OK(shutdown(fds[1], SHUT_WR));
	CHECK_EXITED(check_wait(pid, 5000), 0);
	make_pair();
	pid = ipc_start(call_write_shut, 0);
	CHECK_OK(shutdown(fds[1], SHUT_RD));
	CHECK_EXITED(check_wait(pid, 5000), 0);
	make_pair();
	owner = fork();
	if (owner == 0)
		pause();
	pid = ipc_start(call_write_broken, 0);
	close(fds[1]);
	check_await_asleep(pid);
	kill(owner, SIGKILL);
	CHECK_KILLED(check_wait(owner, 5000), SIGKILL);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

static void listener_goes(void)
{
	pid_t pid;

	make_server(1);
	pid = ipc_start(call_connect_refused, 0);
	close(server);
	CHECK_EXITED(check_wait(pid, 5000), 0);
	make_server(1);
	pid = ipc_start(call_accept_shut, 0);
	CHECK_OK(shutdown(server, SHUT_RD));
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

/* ---- Time limits ---- */

static void time_limits(void)
{
	long long start = check_now_us();
	char c;

	make_pair();
	set_timeout(fds[0], SO_RCVTIMEO, 60);
	CHECK_ERRNO(read(fds[0], &c, 1), EAGAIN);
	CHECK_AT_LEAST(check_now_us() - start, 59000);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	set_timeout(fds[0], SO_SNDTIMEO, 60);
	while (send(fds[0], block, 1000, MSG_DONTWAIT) > 0)
		;
	start = check_now_us();
	CHECK_ERRNO(write(fds[0], block, 1000), EAGAIN);
	CHECK_AT_LEAST(check_now_us() - start, 59000);
	take_all();
	CHECK_RANGE(write(fds[0], block, sizeof(block)), 1000, sizeof(block) - 1);
	make_server(0);
	set_timeout(server, SO_RCVTIMEO, 30);
	CHECK_ERRNO(accept(server, NULL, NULL), EAGAIN);
	CHECK_OK(connect_new(0));
	fds[0] = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	set_timeout(fds[0], SO_SNDTIMEO, 30);
	CHECK_ERRNO(connect(fds[0], (struct sockaddr *)&name, sizeof(name)), EAGAIN);
	CHECK_OK(accept(server, NULL, NULL));
	CHECK_OK(connect(fds[0], (struct sockaddr *)&name, sizeof(name)));
}

/* ---- poll and select ---- */

static void after_20_ms(void (*action)(void))
{
	if (fork() == 0) {
		check_sleep_ms(20);
		action();
		_exit(0);
	}
}

static void shut_writing(void)
{
	shutdown(fds[1], SHUT_WR);
}

static void shut_all(void)
{
	shutdown(fds[1], SHUT_RDWR);
}

static int poll_until(int fd, int events)
{
	struct pollfd p = {fd, events, 0};

	CHECK_EQ(poll(&p, 1, -1), 1);
	return p.revents;
}

static void polls_wake(void)
{
	fd_set set;

	make_pair();
	after_20_ms(give_byte);
	CHECK_EQ(poll_until(fds[0], POLLIN), POLLIN);
	take_all();
	CHECK_EQ(read(fds[0], block, 1), 1);
	while (send(fds[0], block, 1000, MSG_DONTWAIT) > 0)
		;
	after_20_ms(take_all);
	CHECK_EQ(poll_until(fds[0], POLLOUT), POLLOUT);
	after_20_ms(shut_writing);
	CHECK_EQ(poll_until(fds[0], POLLRDHUP), POLLRDHUP);
	after_20_ms(shut_all);
	CHECK_EQ(poll_until(fds[0], 0), POLLHUP);
	make_server(0);
	after_20_ms(give_client);
	FD_ZERO(&set);
	FD_SET(server, &set);
	CHECK_EQ(select(server + 1, &set, NULL, NULL, NULL), 1);
	CHECK(FD_ISSET(server, &set));
}

/* Many readers of one connection: each byte goes to one of them, and the end to all. */
static void many_readers(void)
{
	enum { READERS = 5 };
	pid_t pids[READERS];
	int total = 0;

	make_pair();
	for (int i = 0; i < READERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			int count = 0;

			close(fds[1]);
			while (read(fds[0], block, 1) == 1)
				count++;
			_exit(count);
		}
	}
	for (int i = 0; i < 100; i++)
		CHECK_EQ(write(fds[1], "x", 1), 1);
	close(fds[1]);
	for (int i = 0; i < READERS; i++) {
		int status = check_wait(pids[i], 5000);

		CHECK(WIFEXITED(status));
		total += WEXITSTATUS(status);
	}
	CHECK_EQ(total, 100);
}

/* Several wait in accept(): each connection goes to one. */
static void many_acceptors(void)
{
	enum { ACCEPTORS = 4 };
	pid_t pids[ACCEPTORS];

	make_server(8);
	for (int i = 0; i < ACCEPTORS; i++)
		pids[i] = ipc_start(call_accept, 0);
	kill(pids[1], SIGKILL);
	CHECK_KILLED(check_wait(pids[1], 5000), SIGKILL);
	for (int i = 0; i < ACCEPTORS - 1; i++)
		CHECK_OK(connect_new(0));
	for (int i = 0; i < ACCEPTORS; i++)
		if (i != 1)
			CHECK_EXITED(check_wait(pids[i], 5000), 0);
	CHECK_EQ(ipc_poll(server, POLLIN), 0);
}

static const struct check_case cases[] = {
	CASE(signals),      CASE(timed_calls_are_not_restarted),
	CASE(part_of_all),  CASE(part_of_write),
	CASE(peer_goes),    CASE(listener_goes),
	CASE(time_limits),  CASE(polls_wake),
	CASE(many_readers), CASE(many_acceptors),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
