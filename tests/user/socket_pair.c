/* SPDX-License-Identifier: MIT */
/*
 * Connected sockets: bytes in both directions, in order, as a stream; the MSG_ flags; what shutdown
 * and close do to either side; non-blocking ends, poll, and what else a descriptor can do.
 */
#include "ipc_help.h"

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

static char block[300000];

static void pair_of(int fds[2], int flags)
{
	CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM | flags, 0, fds));
}

static void both_ways(void)
{
	char buffer[16] = {0};
	int fds[2];

	pair_of(fds, 0);
	CHECK_EQ(write(fds[0], "ping", 4), 4);
	CHECK_EQ(send(fds[1], "pong", 4, 0), 4);
	CHECK_EQ(write(fds[0], "s", 1), 1);
	CHECK_EQ(read(fds[1], buffer, 3), 3);
	CHECK_STR(buffer, "pin");
	CHECK_EQ(recv(fds[1], buffer, 16, 0), 2);
	CHECK_EQ(memcmp(buffer, "gs", 2), 0);
	CHECK_EQ(read(fds[0], buffer, 16), 4);
	CHECK_EQ(memcmp(buffer, "pong", 4), 0);
	CHECK_EQ(read(fds[0], buffer, 0), 0);
	CHECK_EQ(write(fds[0], buffer, 0), 0);
	CHECK_OK(close(fds[0]));
	CHECK_EQ(read(fds[1], buffer, 16), 0);
	CHECK_EQ(recv(fds[1], buffer, 16, 0), 0);
}

static void kinds(void)
{
	int fds[2];

	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM, 9, fds), EPROTONOSUPPORT);
	CHECK_ERRNO(socketpair(AF_UNIX, 77, 0, fds), EINVAL);
	CHECK_ERRNO(socketpair(AF_UNIX, 0, 0, fds), ESOCKTNOSUPPORT);
	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM | 0x100, 0, fds), EINVAL);
	CHECK_ERRNO(socketpair(12345, SOCK_STREAM, 0, fds), EAFNOSUPPORT);
	CHECK_ERRNO(socket(-1, SOCK_STREAM, 0), EAFNOSUPPORT);
	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM, 0, NULL), EFAULT);
	if (on_tarae()) { /* a subset: neither datagrams nor other families */
		CHECK_ERRNO(socket(AF_UNIX, SOCK_DGRAM, 0), ESOCKTNOSUPPORT);
		CHECK_ERRNO(socket(AF_UNIX, SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT);
		CHECK_ERRNO(socket(AF_INET, SOCK_STREAM, 0), EAFNOSUPPORT);
	}
	CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, AF_UNIX, fds));
}

static void flags_of_descriptors(void)
{
	int fds[2], fd;
	struct stat st;
	char path[64], link[64] = {0};

	pair_of(fds, SOCK_NONBLOCK | SOCK_CLOEXEC);
	CHECK_EQ(fcntl(fds[1], F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR | O_NONBLOCK);
	CHECK_EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
	CHECK_OK(fstat(fds[0], &st));
	CHECK(S_ISSOCK(st.st_mode));
	CHECK_ERRNO(lseek(fds[0], 0, SEEK_SET), ESPIPE);
	CHECK_ERRNO(pread(fds[0], path, 1, 0), ESPIPE);
	CHECK_ERRNO(ftruncate(fds[0], 0), EINVAL);
	CHECK_EQ((long)mmap(NULL, 4096, PROT_READ, MAP_SHARED, fds[0], 0), -1);
	CHECK_EQ(errno, ENODEV);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	CHECK(readlink(path, link, 63) > 9);
	CHECK_EQ(strncmp(link, "socket:[", 8), 0);
	CHECK_ERRNO(open(path, O_RDWR), ENXIO);
	fd = dup(fds[0]);
	close(fds[0]);
	CHECK_EQ(write(fds[1], "d", 1), 1);
	CHECK_EQ(read(fd, path, 4), 1);
	CHECK_ERRNO(read(fd, path, 4), EAGAIN);
	close(fd);
	CHECK_EQ(read(fds[1], path, 4), 0);
	CHECK_ERRNO(send(0, "x", 1, 0), ENOTSOCK);
	CHECK_ERRNO(send(99, "x", 1, 0), EBADF);
}

static void message_flags(void)
{
	char buffer[16] = {0};
	int fds[2];

	pair_of(fds, 0);
	CHECK_ERRNO(recv(fds[0], buffer, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_ERRNO(recv(fds[0], buffer, 1, MSG_DONTWAIT | MSG_PEEK), EAGAIN);
	CHECK_ERRNO(recv(fds[0], buffer, 1, MSG_DONTWAIT | MSG_WAITALL), EAGAIN);
	CHECK_EQ(send(fds[1], "abcdef", 6, MSG_NOSIGNAL | MSG_DONTWAIT), 6);
	CHECK_EQ(recv(fds[0], buffer, 3, MSG_PEEK), 3);
	CHECK_STR(buffer, "abc");
	CHECK_EQ(recv(fds[0], buffer, 16, MSG_PEEK), 6);
	CHECK_STR(buffer, "abcdef");
	CHECK_EQ(recv(fds[0], buffer, 2, 0), 2);
	CHECK_EQ(recv(fds[0], buffer, 16, MSG_PEEK), 4);
	CHECK_EQ(memcmp(buffer, "cdef", 4), 0);
	CHECK_EQ(recv(fds[0], buffer, 16, MSG_WAITALL | MSG_DONTWAIT), 4);
	if (on_tarae()) { /* what it does not honour is refused */
		CHECK_ERRNO(send(fds[0], "x", 1, MSG_OOB), EOPNOTSUPP);
		CHECK_ERRNO(recv(fds[0], buffer, 1, MSG_TRUNC), EINVAL);
	}
}

static void waits_for_all(void)
{
	char buffer[16] = {0};
	int fds[2];
	pid_t pid;

	pair_of(fds, 0);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 4; i++) {
			check_sleep_ms(3);
			if (write(fds[1], &"0123"[i], 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	CHECK_EQ(recv(fds[0], buffer, 4, MSG_WAITALL), 4);
	CHECK_STR(buffer, "0123");
	CHECK_EXITED(check_wait(pid, 5000), 0);
	/* Cut short by the end. */
	CHECK_EQ(write(fds[1], "xy", 2), 2);
	close(fds[1]);
	CHECK_EQ(recv(fds[0], buffer, 4, MSG_WAITALL), 2);
}

static volatile sig_atomic_t pipe_signals;

static void on_pipe(int sig)
{
	pipe_signals++;
}

static void write_to_nobody(void)
{
	int fds[2];

	pair_of(fds, 0);
	close(fds[1]);
	send(fds[0], "x", 1, MSG_NOSIGNAL);
	if (write(fds[0], "x", 1) < 0)
		_exit(9);
}

static void peer_is_gone(void)
{
	char c;
	int fds[2];

	CHECK_KILLED(check_run(write_to_nobody, 5000), SIGPIPE);
	signal(SIGPIPE, on_pipe);
	pair_of(fds, 0);
	CHECK_EQ(write(fds[1], "last", 4), 4);
	close(fds[1]);
	CHECK_ERRNO(send(fds[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(pipe_signals, 0);
	CHECK_ERRNO(send(fds[0], "x", 1, 0), EPIPE);
	CHECK_ERRNO(write(fds[0], "x", 1), EPIPE);
	CHECK_EQ(pipe_signals, 2);
	CHECK_EQ(ipc_poll(fds[0], POLLIN | POLLOUT | POLLRDHUP),
		 POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	CHECK_EQ(read(fds[0], block, 16), 4);
	CHECK_EQ(read(fds[0], &c, 1), 0);
	close(fds[0]);
}

/* The peer went without reading all: told once, then it is an end like any other. */
static void reset(void)
{
	char c;
	int fds[2], error = -1;
	socklen_t length = sizeof(error);

	pair_of(fds, 0);
	CHECK_EQ(write(fds[0], "unread", 6), 6);
	CHECK_EQ(write(fds[1], "z", 1), 1);
	close(fds[1]);
	CHECK_EQ(ipc_poll(fds[0], POLLIN) & (POLLERR | POLLHUP), POLLERR | POLLHUP);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_ERRNO(read(fds[0], &c, 1), ECONNRESET);
	CHECK_EQ(read(fds[0], &c, 1), 0);
	CHECK_EQ(ipc_poll(fds[0], POLLIN) & POLLERR, 0);
	close(fds[0]);
	pair_of(fds, 0);
	CHECK_EQ(write(fds[0], "unread", 6), 6);
	close(fds[1]);
	CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_ERROR, &error, &length));
	CHECK_EQ(error, ECONNRESET);
	CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_ERROR, &error, &length));
	CHECK_EQ(error, 0);
	CHECK_EQ(read(fds[0], &c, 1), 0);
}

static void shutting_down(void)
{
	char c;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	pair_of(fds, 0);
	CHECK_ERRNO(shutdown(fds[0], 3), EINVAL);
	CHECK_ERRNO(shutdown(fds[0], -1), EINVAL);
	CHECK_ERRNO(shutdown(0, SHUT_RD), ENOTSOCK);
	CHECK_EQ(write(fds[0], "a", 1), 1);
	CHECK_OK(shutdown(fds[0], SHUT_WR));
	CHECK_ERRNO(write(fds[0], "b", 1), EPIPE);
	CHECK_EQ(ipc_poll(fds[1], POLLIN | POLLOUT | POLLRDHUP), POLLIN | POLLOUT | POLLRDHUP);
	CHECK_EQ(ipc_poll(fds[0], POLLIN | POLLOUT | POLLRDHUP), POLLOUT);
	CHECK_EQ(read(fds[1], &c, 1), 1);
	CHECK_EQ(read(fds[1], &c, 1), 0);
	/* The other direction is as it was. */
	CHECK_EQ(write(fds[1], "c", 1), 1);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(write(fds[1], "d", 1), 1);
	CHECK_OK(shutdown(fds[0], SHUT_RD));
	CHECK_ERRNO(write(fds[1], "e", 1), EPIPE);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(read(fds[0], &c, 1), 0);
	CHECK_EQ(ipc_poll(fds[0], POLLIN) & POLLHUP, POLLHUP);
	CHECK_EQ(ipc_poll(fds[1], POLLIN) & POLLHUP, POLLHUP);
	CHECK_OK(shutdown(fds[0], SHUT_RDWR));
}

/* A stream takes what fits; after some has been read there is room again. */
static void fills(void)
{
	long total = 0, got = 0;
	ssize_t n;
	int fds[2];

	pair_of(fds, SOCK_NONBLOCK);
	CHECK_EQ(ipc_poll(fds[0], POLLOUT), POLLOUT);
	while ((n = write(fds[0], block, 5000)) > 0)
		total += n;
	CHECK_EQ(errno, EAGAIN);
	CHECK_RANGE(total, 4096, 4 << 20);
	CHECK_EQ(ipc_poll(fds[0], POLLOUT), 0);
	CHECK_EQ(ipc_poll(fds[1], POLLIN), POLLIN);
	CHECK_EQ(ipc_poll(fds[1], POLLOUT), POLLOUT); /* the other direction is empty */
	CHECK_ERRNO(send(fds[0], "x", 1, 0), EAGAIN);
	while ((n = read(fds[1], block, sizeof(block))) > 0)
		got += n;
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(got, total);
	CHECK_EQ(ipc_poll(fds[0], POLLOUT), POLLOUT);
	n = write(fds[0], block, sizeof(block));
	CHECK_RANGE(n, 4096, sizeof(block));
}

static void counting(void)
{
	int fds[2], n = -1;

	pair_of(fds, 0);
	CHECK_OK(ioctl(fds[1], FIONREAD, &n));
	CHECK_EQ(n, 0);
	CHECK_EQ(write(fds[0], "12345", 5), 5);
	CHECK_OK(ioctl(fds[1], FIONREAD, &n));
	CHECK_EQ(n, 5);
	CHECK_OK(ioctl(fds[0], FIONREAD, &n));
	CHECK_EQ(n, 0);
	CHECK_ERRNO(ioctl(fds[0], FIONREAD, NULL), EFAULT);
	n = 1;
	CHECK_OK(ioctl(fds[0], FIONBIO, &n));
	CHECK_ERRNO(read(fds[0], block, 1), EAGAIN);
}

static void messages(void)
{
	char a[4] = {0}, b[8] = {0}, name[sizeof(struct sockaddr_un)];
	struct iovec out[2] = {{"hel", 3}, {"lo", 2}}, in[2] = {{a, 3}, {b, 8}};
	struct msghdr message;
	int fds[2];

	pair_of(fds, 0);
	memset(&message, 0, sizeof(message));
	message.msg_iov = out;
	message.msg_iovlen = 2;
	CHECK_EQ(sendmsg(fds[0], &message, 0), 5);
	message.msg_name = name;
	message.msg_namelen = 0;
	message.msg_iov = in;
	message.msg_namelen = sizeof(name);
	message.msg_flags = -1;
	CHECK_EQ(recvmsg(fds[1], &message, 0), 5);
	CHECK_STR(a, "hel");
	CHECK_STR(b, "lo");
	CHECK_EQ(message.msg_namelen, 0);
	CHECK_EQ(message.msg_flags, 0);
	message.msg_namelen = 2;
	CHECK_ERRNO(sendmsg(fds[0], &message, 0), EISCONN);
	message.msg_namelen = 0;
	message.msg_iovlen = 2000;
	CHECK_ERRNO(sendmsg(fds[0], &message, 0), EMSGSIZE);
	CHECK_EQ(writev(fds[0], out, 2), 5);
	CHECK_EQ(readv(fds[1], in, 2), 5);
	CHECK_ERRNO(sendto(fds[0], "x", 1, 0, (struct sockaddr *)name, 10), EISCONN);
	CHECK_ERRNO(sendto(fds[0], "x", 1, 0, (struct sockaddr *)8, 10), EFAULT);
}

/* Descriptors do not travel: a call that would send one sends nothing. */
static void no_descriptors(void)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec out = {"x", 1};
	struct msghdr message;
	int fds[2];

	pair_of(fds, SOCK_NONBLOCK);
	memset(&message, 0, sizeof(message));
	message.msg_iov = &out;
	message.msg_iovlen = 1;
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	*(int *)CMSG_DATA(&control.header) = fds[0];
	if (!on_tarae())
		return;
	CHECK_ERRNO(sendmsg(fds[0], &message, 0), EOPNOTSUPP);
	CHECK_ERRNO(read(fds[1], block, 1), EAGAIN);
}

static int get_int(int fd, int option)
{
	int value = -99;
	socklen_t length = sizeof(value);

	CHECK_OK(getsockopt(fd, SOL_SOCKET, option, &value, &length));
	CHECK_EQ(length, sizeof(value));
	return value;
}

static void options(void)
{
	struct timeval t = {1, 500000}, got;
	struct ucred owner = {0, 9, 9};
	socklen_t length = sizeof(got);
	int fds[2], on = 1, n;

	pair_of(fds, 0);
	CHECK_EQ(get_int(fds[0], SO_TYPE), SOCK_STREAM);
	CHECK_EQ(get_int(fds[0], SO_DOMAIN), AF_UNIX);
	CHECK_EQ(get_int(fds[0], SO_ERROR), 0);
	CHECK_EQ(get_int(fds[0], SO_ACCEPTCONN), 0);
	CHECK_EQ(get_int(fds[0], SO_REUSEADDR), 0);
	CHECK_OK(setsockopt(fds[0], SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	CHECK_EQ(get_int(fds[0], SO_REUSEADDR), 1);
	CHECK_EQ(get_int(fds[0], SO_PROTOCOL), 0);
	n = 1; /* too little and too much become the least and the most that there is */
	CHECK_OK(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &n, sizeof(n)));
	CHECK_RANGE(get_int(fds[0], SO_SNDBUF), 1024, 16384);
	n = 1 << 30;
	CHECK_OK(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &n, sizeof(n)));
	CHECK_RANGE(get_int(fds[0], SO_SNDBUF), 32768, 1 << 24);
	n = 20000;
	CHECK_OK(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &n, sizeof(n)));
	CHECK_RANGE(get_int(fds[0], SO_SNDBUF), 20000, 64000);
	CHECK_OK(setsockopt(fds[0], SOL_SOCKET, SO_RCVBUF, &n, sizeof(n)));
	CHECK_RANGE(get_int(fds[0], SO_RCVBUF), 20000, 64000);
	CHECK_OK(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &got, &length));
	CHECK_EQ(length, sizeof(got));
	CHECK_EQ(got.tv_sec * 1000000 + got.tv_usec, 1500000);
	CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &got, &length));
	CHECK_EQ(got.tv_sec * 1000000 + got.tv_usec, 0);
	t.tv_usec = 1000000;
	CHECK_ERRNO(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)), EDOM);
	length = sizeof(owner);
	CHECK_OK(getsockopt(fds[1], SOL_SOCKET, SO_PEERCRED, &owner, &length));
	CHECK_EQ(owner.pid, getpid());
	CHECK_EQ(owner.uid, getuid());
	length = 2;
	CHECK_OK(getsockopt(fds[1], SOL_SOCKET, SO_TYPE, &n, &length));
	CHECK_EQ(length, 2);
	CHECK_ERRNO(getsockopt(fds[1], SOL_SOCKET, 9999, &n, &length), ENOPROTOOPT);
	CHECK_ERRNO(setsockopt(fds[1], SOL_SOCKET, 9999, &n, 4), ENOPROTOOPT);
	CHECK_ERRNO(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &n, 3), EINVAL);
	CHECK_ERRNO(getsockopt(fds[1], 6, 1, &n, &length), EOPNOTSUPP);
}

/* A small buffer bounds what may wait: the sender stops earlier than with the largest. */
static void buffer_bounds(void)
{
	long small = 0, large = 0;
	int fds[2], n = 4096;
	ssize_t done;

	pair_of(fds, SOCK_NONBLOCK);
	while ((done = write(fds[0], block, 1000)) > 0)
		large += done;
	pair_of(fds, SOCK_NONBLOCK);
	CHECK_OK(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &n, sizeof(n)));
	while ((done = write(fds[0], block, 1000)) > 0)
		small += done;
	CHECK_RANGE(small, 1000, 16384);
	CHECK(small < large);
}

/* A quarter megabyte each way at once, in sizes that fit nothing. */
static void long_exchange(void)
{
	long total = check_env("BYTES", 250000), out = 0, in = 0;
	unsigned char buffer[3001];
	int fds[2];
	pid_t pid;

	pair_of(fds, 0);
	pid = fork();
	if (pid == 0) { /* echoes */
		ssize_t n;

		close(fds[0]);
		while ((n = read(fds[1], block, 2503)) > 0)
			if (write(fds[1], block, n) != n)
				_exit(1);
		_exit(n != 0);
	}
	close(fds[1]);
	while (in < total) {
		struct pollfd p = {fds[0], POLLIN, 0};
		ssize_t n;

		if (out < total && out - in < 60000)
			p.events |= POLLOUT;
		CHECK_EQ(poll(&p, 1, -1), 1);
		if (p.revents & POLLOUT) {
			n = total - out < 2003 ? total - out : 2003;
			for (int i = 0; i < n; i++)
				buffer[i] = (unsigned char)((out + i) * 2654435761U >> 13);
			n = send(fds[0], buffer, n, MSG_DONTWAIT);
			out += n > 0 ? n : 0;
		}
		if (!(p.revents & POLLIN))
			continue;
		n = read(fds[0], buffer, sizeof(buffer));
		for (int i = 0; i < n; i++, in++)
			if (buffer[i] != (unsigned char)(in * 2654435761U >> 13)) {
				CHECK_EQ(in, -1);
				_exit(1);
			}
	}
	CHECK_OK(shutdown(fds[0], SHUT_WR));
	CHECK_EQ(read(fds[0], buffer, 1), 0);
	CHECK_EXITED(check_wait(pid, 10000), 0);
}

/* As many as there are descriptors, and all of them come back. */
static void as_many_as_fit(void)
{
	struct rlimit limit = {201, 201};
	int fds[2], last = -1, count = 0;

	CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
	while (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0) {
		last = fds[0];
		CHECK_EQ(write(last, "x", 1), 1);
		count++;
	}
	CHECK_EQ(errno, EMFILE);
	CHECK_RANGE(count, 90, 99);
	while (socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
		;
	CHECK_EQ(errno, EMFILE);
	close(last);
	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), EMFILE);
	CHECK_EQ(socket(AF_UNIX, SOCK_STREAM, 0), last);
}

static const struct check_case cases[] = {
	CASE(both_ways),      CASE(kinds),         CASE(flags_of_descriptors),
	CASE(message_flags),  CASE(waits_for_all), CASE(reset),
	CASE(peer_is_gone),   CASE(shutting_down), CASE(fills),
	CASE(counting),       CASE(messages),      CASE(no_descriptors),
	CASE(options),        CASE(buffer_bounds), CASE(long_exchange),
	CASE(as_many_as_fit),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
