/* SPDX-License-Identifier: MIT */
/*
 * Pipes and FIFOs: order, whole writes of up to PIPE_BUF bytes, 64 KiB of room, end of file, broken
 * pipes, non-blocking ends, and what poll and select say of each.
 */
#include "check.h"

#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/uio.h>

#define CAPACITY 65536

static char block[CAPACITY + 4096];

static void set_nonblock(int fd)
{
	CHECK_OK(fcntl(fd, F_SETFL, O_NONBLOCK));
}

static int poll_now(int fd, int events)
{
	struct pollfd p = {fd, events, 0};

	CHECK_RANGE(poll(&p, 1, 0), 0, 1);
	return p.revents;
}

static void order_and_end(void)
{
	char buffer[16] = {0};
	int fds[2];

	CHECK_OK(pipe(fds));
	CHECK(fds[0] < fds[1]);
	CHECK_EQ(write(fds[1], "one", 3), 3);
	CHECK_EQ(write(fds[1], "two", 3), 3);
	CHECK_EQ(read(fds[0], buffer, 4), 4);
	CHECK_STR(buffer, "onet");
	CHECK_EQ(read(fds[0], buffer, 16), 2);
	CHECK_EQ(read(fds[0], buffer, 0), 0);
	CHECK_EQ(write(fds[1], "last", 4), 4);
	CHECK_OK(close(fds[1]));
	CHECK_EQ(read(fds[0], buffer, 16), 4);
	CHECK_EQ(read(fds[0], buffer, 16), 0);
	CHECK_EQ(read(fds[0], buffer, 16), 0);
	CHECK_ERRNO(write(fds[0], "x", 1), EBADF);
	close(fds[0]);
}

static volatile sig_atomic_t pipe_signals;

static void on_pipe(int sig)
{
	pipe_signals++;
}

static void write_broken(void)
{
	int fds[2];

	CHECK_OK(pipe(fds));
	close(fds[0]);
	if (write(fds[1], "x", 1) < 0)
		_exit(9);
}

static void broken(void)
{
	int fds[2];

	CHECK_KILLED(check_run(write_broken, 5000), SIGPIPE);
	signal(SIGPIPE, on_pipe);
	CHECK_OK(pipe(fds));
	CHECK_EQ(write(fds[1], "kept", 4), 4);
	close(fds[0]);
	CHECK_ERRNO(write(fds[1], "x", 1), EPIPE);
	CHECK_EQ(pipe_signals, 1);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERRNO(write(fds[1], "x", 1), EPIPE);
	CHECK_EQ(poll_now(fds[1], POLLOUT) & POLLERR, POLLERR);
	close(fds[1]);
}

/* A child writes more than there is room for, and the reader goes when it sleeps. */
static void reader_goes_during(void (*writes)(int fd))
{
	int fds[2];
	pid_t pid;

	CHECK_OK(pipe(fds));
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		writes(fds[1]);
		_exit(check_failures ? 1 : 0);
	}
	check_await_asleep(pid);
	close(fds[0]);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

static void write_to_full(int fd)
{
	signal(SIGPIPE, SIG_IGN);
	CHECK_EQ(write(fd, block, CAPACITY), CAPACITY);
	CHECK_ERRNO(write(fd, block, 10), EPIPE);
}

static void broken_while_writing(void)
{
	reader_goes_during(write_to_full);
}

static void write_in_part(int fd)
{
	static char large[CAPACITY + 10];

	signal(SIGPIPE, on_pipe);
	CHECK_EQ(write(fd, large, sizeof(large)), CAPACITY);
	CHECK_EQ(pipe_signals, 1);
}

/* With part of a write in the pipe: that is told, and the signal comes all the same. */
static void broken_within_a_write(void)
{
	reader_goes_during(write_in_part);
}

static void capacity(void)
{
	int fds[2], total = 0, n;

	CHECK_OK(pipe(fds));
	set_nonblock(fds[1]);
	while ((n = write(fds[1], block, 4096)) > 0)
		total += n;
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(total, CAPACITY);
	CHECK_EQ(poll_now(fds[1], POLLOUT), 0);
	CHECK_EQ(ioctl(fds[0], FIONREAD, &n), 0);
	CHECK_EQ(n, CAPACITY);
	CHECK_EQ(read(fds[0], block, 4096), 4096);
	CHECK_EQ(poll_now(fds[1], POLLOUT), POLLOUT);
	CHECK_EQ(write(fds[1], block, 4096), 4096);
	CHECK_ERRNO(write(fds[1], block, 1), EAGAIN);
	/* One huge read takes all there is. */
	CHECK_EQ(read(fds[0], block, sizeof(block)), CAPACITY);
	CHECK_EQ(write(fds[1], block, sizeof(block)), CAPACITY);
	close(fds[0]);
	close(fds[1]);
}

static void nonblocking(void)
{
	char c;
	int fds[2];

	CHECK_OK(pipe2(fds, O_NONBLOCK | O_CLOEXEC));
	CHECK_EQ(fcntl(fds[0], F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDONLY | O_NONBLOCK);
	CHECK_EQ(fcntl(fds[1], F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_WRONLY | O_NONBLOCK);
	CHECK_EQ(fcntl(fds[1], F_GETFD), FD_CLOEXEC);
	CHECK_ERRNO(read(fds[0], &c, 1), EAGAIN);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_ERRNO(read(fds[0], &c, 1), EAGAIN);
	close(fds[1]);
	CHECK_EQ(read(fds[0], &c, 1), 0);
	close(fds[0]);
	CHECK_ERRNO(pipe2(fds, 1), EINVAL);
}

/* Writes of up to PIPE_BUF bytes are whole: a non-blocking one goes in as a whole or not at all. */
static void whole_writes(void)
{
	int fds[2], n = 0;

	CHECK_OK(pipe(fds));
	set_nonblock(fds[1]);
	CHECK_EQ(write(fds[1], block, CAPACITY - 100), CAPACITY - 100);
	CHECK_ERRNO(write(fds[1], block, 5000 > PIPE_BUF ? PIPE_BUF : 5000), EAGAIN);
	CHECK_EQ(ioctl(fds[0], FIONREAD, &n), 0);
	CHECK_EQ(n, CAPACITY - 100);
	close(fds[0]);
	close(fds[1]);
}

/* Of a small write whose memory ends in the middle nothing goes in, and it does not wait for room;
 * of a large one what could be copied may. */
static void faulting_writes(void)
{
	char *memory = mmap(NULL, 4 * CHECK_PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *end = memory + 3 * CHECK_PAGE;
	struct iovec parts[] = {{"abc", 3}, {end, 3}};
	int fds[2], n = -1;

	CHECK_OK(mprotect(end, CHECK_PAGE, PROT_NONE));
	CHECK_OK(pipe(fds));
	CHECK_ERRNO(write(fds[1], end - 100, 200), EFAULT);
	CHECK_ERRNO(writev(fds[1], parts, 2), EFAULT);
	CHECK_EQ(ioctl(fds[0], FIONREAD, &n), 0);
	CHECK_EQ(n, 0);
	CHECK_EQ(write(fds[1], "kept", 4), 4);
	CHECK_ERRNO(write(fds[1], end - PIPE_BUF + 1, PIPE_BUF), EFAULT);
	CHECK_EQ(read(fds[0], block, sizeof(block)), 4);
	CHECK_EQ(memcmp(block, "kept", 4), 0);
	/* Room for all of it, but not for all and the part again. */
	CHECK_EQ(write(fds[1], block, CAPACITY - PIPE_BUF), CAPACITY - PIPE_BUF);
	CHECK_ERRNO(write(fds[1], end - 100, PIPE_BUF), EFAULT);
	CHECK_EQ(read(fds[0], block, sizeof(block)), CAPACITY - PIPE_BUF);
	CHECK_RANGE(write(fds[1], memory, 4 * CHECK_PAGE), 1, 3 * CHECK_PAGE);
	close(fds[0]);
	close(fds[1]);
}

/* Records of PIPE_BUF bytes from several writers into a full pipe never mix. */
static void atomic_writers(void)
{
	static char record[PIPE_BUF];
	int fds[2], counts[4] = {0}, have = 0, n, rounds = 40;

	CHECK_OK(pipe(fds));
	for (int i = 0; i < 4; i++)
		if (fork() == 0) {
			memset(record, 'a' + i, sizeof(record));
			for (int r = 0; r < rounds; r++)
				if (write(fds[1], record, sizeof(record)) != sizeof(record))
					_exit(1);
			_exit(0);
		}
	close(fds[1]);
	while ((n = read(fds[0], record + have, sizeof(record) - have)) > 0) {
		have += n;
		if (have < (int)sizeof(record))
			continue;
		have = 0;
		n = record[0];
		for (size_t i = 0; i < sizeof(record); i++)
			if (record[i] != n) {
				CHECK_EQ(record[i], n);
				_exit(1);
			}
		counts[(n - 'a') & 3]++;
	}
	CHECK_EQ(have, 0);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(counts[i], rounds);
}

/* A megabyte through 64 KiB, in sizes that fit nothing, arrives as it was. */
static void long_transfer(void)
{
	long total = check_env("BYTES", 300000), at = 0;
	unsigned char buffer[3001];
	int fds[2], n;
	pid_t pid;

	CHECK_OK(pipe(fds));
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		while (at < total) {
			n = total - at < 2003 ? total - at : 2003;
			for (int i = 0; i < n; i++)
				buffer[i] = (unsigned char)((at + i) * 2654435761U >> 13);
			if (write(fds[1], buffer, n) != n)
				_exit(1);
			at += n;
		}
		_exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], buffer, sizeof(buffer))) > 0) {
		for (int i = 0; i < n; i++)
			if (buffer[i] != (unsigned char)((at + i) * 2654435761U >> 13)) {
				CHECK_EQ(at + i, -1);
				_exit(1);
			}
		at += n;
	}
	CHECK_EQ(at, total);
	CHECK_EXITED(check_wait(pid, 10000), 0);
}

static void polling(void)
{
	struct pollfd p[3];
	int fds[2];

	CHECK_OK(pipe(fds));
	CHECK_EQ(poll_now(fds[0], POLLIN), 0);
	CHECK_EQ(poll_now(fds[1], POLLOUT), POLLOUT);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(poll_now(fds[0], POLLIN), POLLIN);
	CHECK_EQ(poll_now(fds[0], 0), 0);
	p[0] = (struct pollfd){fds[0], POLLIN, 0};
	p[1] = (struct pollfd){-1, POLLIN, 77};
	p[2] = (struct pollfd){1000, POLLIN, 0};
	CHECK_EQ(poll(p, 3, -1), 2);
	CHECK_EQ(p[0].revents, POLLIN);
	CHECK_EQ(p[1].revents, 0);
	CHECK_EQ(p[2].revents, POLLNVAL);
	close(fds[1]);
	CHECK_EQ(poll_now(fds[0], POLLIN), POLLIN | POLLHUP);
	CHECK_EQ(read(fds[0], block, 1), 1);
	CHECK_EQ(poll_now(fds[0], POLLIN), POLLHUP);
	close(fds[0]);
}

static void give_when_asleep(pid_t reader, int fd)
{
	check_await_asleep(reader);
	CHECK_EQ(write(fd, "x", 1), 1);
}

/* poll and select sleep until somebody writes, reads, or closes. */
static void waking(void)
{
	struct pollfd p[2];
	int a[2], b[2], go[2];
	pid_t self = getpid();
	fd_set set;

	CHECK_OK(pipe(a));
	CHECK_OK(pipe(b));
	CHECK_OK(pipe(go));
	if (fork() == 0) {
		give_when_asleep(self, b[1]);
		CHECK_EQ(read(go[0], block, 1), 1);
		give_when_asleep(self, a[1]);
		_exit(check_failures ? 1 : 0);
	}
	close(a[1]);
	p[0] = (struct pollfd){a[0], POLLIN, 0};
	p[1] = (struct pollfd){b[0], POLLIN, 0};
	CHECK_EQ(poll(p, 2, -1), 1);
	CHECK_EQ(p[1].revents, POLLIN);
	CHECK_EQ(write(go[1], "x", 1), 1);
	FD_ZERO(&set);
	FD_SET(a[0], &set);
	CHECK_EQ(select(a[0] + 1, &set, NULL, NULL, NULL), 1);
	CHECK(FD_ISSET(a[0], &set));
	CHECK_EQ(read(a[0], block, 8), 1);
	p[0].events = 0;
	CHECK_EQ(poll(p, 1, -1), 1);
	CHECK_EQ(p[0].revents, POLLHUP);
}

static void selecting(void)
{
	struct timeval none = {0, 0};
	fd_set in, out, err;
	int fds[2];

	CHECK_OK(pipe(fds));
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&err);
	FD_SET(fds[0], &in);
	FD_SET(fds[1], &out);
	FD_SET(fds[0], &err);
	CHECK_EQ(select(fds[1] + 1, &in, &out, &err, &none), 1);
	CHECK(!FD_ISSET(fds[0], &in) && FD_ISSET(fds[1], &out) && !FD_ISSET(fds[0], &err));
	FD_SET(fds[0], &in);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(select(fds[1] + 1, &in, &out, NULL, &none), 2);
	/* What is set behind the last that counts is cleared, as far as its word goes. */
	FD_SET(62, &in);
	FD_SET(64, &in);
	CHECK_EQ(select(fds[0] + 1, &in, NULL, NULL, &none), 1);
	CHECK(FD_ISSET(fds[0], &in) && !FD_ISSET(62, &in) && FD_ISSET(64, &in));
	FD_SET(62, &in);
	CHECK_EQ(select(0, &in, NULL, NULL, &none), 0);
	CHECK(FD_ISSET(62, &in));
	CHECK_ERRNO(select(-1, NULL, NULL, NULL, &none), EINVAL);
	close(fds[0]);
	FD_ZERO(&in);
	FD_SET(fds[0], &in);
	CHECK_ERRNO(select(fds[0] + 1, &in, NULL, NULL, &none), EBADF);
	none.tv_usec = -1;
	CHECK_ERRNO(select(0, NULL, NULL, NULL, &none), EINVAL);
}

static void fifos(void)
{
	char buffer[8] = {0};
	struct stat st;
	int in, out;
	pid_t pid;

	CHECK_OK(mkfifo("pipes.fifo", 0600));
	CHECK_ERRNO(mkfifo("pipes.fifo", 0600), EEXIST);
	CHECK_OK(stat("pipes.fifo", &st));
	CHECK(S_ISFIFO(st.st_mode));
	CHECK_ERRNO(open("pipes.fifo", O_WRONLY | O_NONBLOCK), ENXIO);
	in = CHECK_OK(open("pipes.fifo", O_RDONLY | O_NONBLOCK));
	CHECK_EQ(read(in, buffer, 8), 0);
	out = CHECK_OK(open("pipes.fifo", O_WRONLY | O_NONBLOCK));
	CHECK_ERRNO(read(in, buffer, 8), EAGAIN);
	CHECK_EQ(write(out, "hello", 5), 5);
	CHECK_EQ(read(in, buffer, 8), 5);
	close(out);
	CHECK_EQ(read(in, buffer, 8), 0);
	close(in);
	/* Both ends of a blocking open wait for each other. */
	pid = fork();
	if (pid == 0) {
		out = open("pipes.fifo", O_WRONLY);
		_exit(write(out, "again", 5) != 5);
	}
	in = CHECK_OK(open("pipes.fifo", O_RDONLY));
	CHECK_EQ(read(in, buffer, 8), 5);
	CHECK_STR(buffer, "again");
	CHECK_EXITED(check_wait(pid, 5000), 0);
	close(in);
	in = CHECK_OK(open("pipes.fifo", O_RDWR));
	CHECK_EQ(write(in, "self", 4), 4);
	CHECK_EQ(read(in, buffer, 8), 4);
	close(in);
	CHECK_OK(unlink("pipes.fifo"));
}

static void reopened(void)
{
	char path[64], buffer[4];
	struct stat st;
	int fds[2], fd;

	CHECK_OK(pipe(fds));
	CHECK_OK(fstat(fds[0], &st));
	CHECK(S_ISFIFO(st.st_mode));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	CHECK_EQ(readlink(path, block, 64) > 6, 1);
	CHECK_EQ(strncmp(block, "pipe:[", 6), 0);
	fd = dup(fds[1]);
	close(fds[1]);
	CHECK_EQ(write(fd, "d", 1), 1);
	CHECK_EQ(read(fds[0], buffer, 4), 1);
	close(fd);
	CHECK_EQ(read(fds[0], buffer, 4), 0);
}

static const struct check_case cases[] = {
	CASE(order_and_end),
	CASE(broken),
	CASE(broken_while_writing),
	CASE(broken_within_a_write),
	CASE(capacity),
	CASE(nonblocking),
	CASE(whole_writes),
	CASE(faulting_writes),
	CASE(atomic_writers),
	CASE(long_transfer),
	CASE(polling),
	CASE(waking),
	CASE(selecting),
	CASE(fifos),
	CASE(reopened),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
