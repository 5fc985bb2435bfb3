/* SPDX-License-Identifier: MIT */
/*
 * The table of descriptors: the lowest free number, dup and its kin, the flags of a descriptor and
 * those of what it names, limits, and the table's life over fork.
 */
#include "threads.h"

#include <sys/resource.h>

static int open_null(void)
{
	return CHECK_OK(open("/dev/null", O_RDWR));
}

/* Is this descriptor open? */
static int is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void close_above_2(void)
{
	for (int fd = 3; fd < 256; fd++)
		close(fd);
}

static void lowest_free(void)
{
	int fds[2];

	close_above_2();
	CHECK_EQ(open_null(), 3);
	CHECK_EQ(open_null(), 4);
	CHECK_EQ(open_null(), 5);
	CHECK_OK(close(4));
	CHECK_EQ(dup(3), 4);
	CHECK_OK(close(3));
	CHECK_OK(close(5));
	CHECK_OK(pipe(fds));
	CHECK_EQ(fds[0], 3);
	CHECK_EQ(fds[1], 5);
	CHECK_OK(close(0));
	CHECK_EQ(open_null(), 0);
	CHECK_ERRNO(close(77), EBADF);
	CHECK_ERRNO(close(-1), EBADF);
	CHECK_ERRNO(dup(77), EBADF);
}

static void duplicates(void)
{
	int a = open_null(), b;

	CHECK_EQ(dup2(a, 50), 50);
	CHECK(is_open(50));
	CHECK_EQ(dup2(a, a), a);
	CHECK_ERRNO(dup2(77, 77), EBADF);
	CHECK_ERRNO(dup2(77, 50), EBADF);
	CHECK(is_open(50));
	CHECK_ERRNO(dup2(a, -1), EBADF);
	CHECK_ERRNO(dup2(a, 1 << 30), EBADF);
	CHECK_EQ(dup3(a, 51, O_CLOEXEC), 51);
	CHECK_EQ(fcntl(51, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(dup2(51, 52), 52);
	CHECK_EQ(fcntl(52, F_GETFD), 0);
	CHECK_ERRNO(dup3(a, a, 0), EINVAL);
	CHECK_ERRNO(dup3(a, 53, O_APPEND), EINVAL);
	b = CHECK_OK(fcntl(a, F_DUPFD, 60));
	CHECK_EQ(b, 60);
	CHECK_EQ(fcntl(a, F_DUPFD, 60), 61);
	CHECK_EQ(fcntl(a, F_DUPFD_CLOEXEC, 60), 62);
	CHECK_EQ(fcntl(62, F_GETFD), FD_CLOEXEC);
	CHECK_ERRNO(fcntl(a, F_DUPFD, -1), EINVAL);
	CHECK_ERRNO(fcntl(77, F_DUPFD, 0), EBADF);
	CHECK_ERRNO(fcntl(a, 9999, 0), EINVAL);
}

/* FD_CLOEXEC is the descriptor's; O_APPEND and O_NONBLOCK are shared by its duplicates. */
static void flags(void)
{
	int a = CHECK_OK(open("fdtable.file", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
	int b = CHECK_OK(dup(a));

	CHECK_EQ(fcntl(a, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(b, F_GETFD), 0);
	CHECK_OK(fcntl(b, F_SETFD, FD_CLOEXEC));
	CHECK_OK(fcntl(a, F_SETFD, 0));
	CHECK_EQ(fcntl(b, F_GETFD), FD_CLOEXEC);
	CHECK_OK(fcntl(a, F_SETFL, O_APPEND | O_NONBLOCK));
	CHECK_EQ(fcntl(b, F_GETFL) & (O_APPEND | O_NONBLOCK | O_ACCMODE),
		 O_APPEND | O_NONBLOCK | O_RDWR);
	/* The access mode, and what only open looks at, stay as they were. */
	CHECK_OK(fcntl(a, F_SETFL, O_RDONLY | O_CREAT | O_TRUNC));
	CHECK_EQ(fcntl(a, F_GETFL) & (O_APPEND | O_NONBLOCK | O_ACCMODE | O_CREAT), O_RDWR);
	CHECK_ERRNO(fcntl(77, F_GETFL), EBADF);
	close(a);
	close(b);
	unlink("fdtable.file");
}

static void limits(void)
{
	struct rlimit old, limit;

	CHECK_OK(getrlimit(RLIMIT_NOFILE, &old));
	CHECK(old.rlim_cur >= 256 && old.rlim_cur <= old.rlim_max);
	limit = (struct rlimit){20, old.rlim_max};
	CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
	CHECK_OK(getrlimit(RLIMIT_NOFILE, &limit));
	CHECK_EQ(limit.rlim_cur, 20);
	while (open("/dev/null", O_RDONLY) >= 0)
		;
	CHECK_EQ(errno, EMFILE);
	CHECK(is_open(19) && !is_open(20));
	CHECK_ERRNO(open("none", O_RDONLY), EMFILE);
	/* The limit counts numbers, not files: closing any makes room. */
	CHECK_OK(close(10));
	CHECK_EQ(open_null(), 10);
	limit = (struct rlimit){30, 10};
	CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &limit), EINVAL);
	/* What is open above a lowered limit stays open. */
	limit = (struct rlimit){5, old.rlim_max};
	CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
	CHECK(is_open(19));
	CHECK_EQ(write(19, "x", 1) == 1 || errno == EBADF, 1);
	CHECK_EQ(raw_syscall(SYS_getrlimit, 99, (long)&limit, 0, 0, 0, 0), -EINVAL);
}

static void over_fork(void)
{
	int fd = CHECK_OK(open("fdtable.file", O_RDWR | O_CREAT | O_TRUNC, 0600)), status;

	if (fork() == 0) {
		CHECK_EQ(write(fd, "child", 5), 5);
		CHECK_OK(close(fd));
		CHECK_EQ(open_null(), fd);
		_exit(check_failures ? 1 : 0);
	}
	wait(&status);
	CHECK_EXITED(status, 0);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 5);
	CHECK_EQ(write(fd, "parent", 6), 6);
	close(fd);
	unlink("fdtable.file");
}

/* Hundreds of descriptors, in an order that makes holes: each still names its own file. */
static void many(void)
{
	struct stat st;
	char name[32];
	ino_t inodes[100];
	int fds[100];

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "fdtable.%d", i);
		fds[i] = CHECK_OK(open(name, O_RDWR | O_CREAT, 0600));
		CHECK_OK(fstat(fds[i], &st));
		inodes[i] = st.st_ino;
		CHECK_OK(unlink(name));
	}
	for (int i = 0; i < 100; i += 3) {
		CHECK_EQ(dup2(fds[i], 300 + i), 300 + i);
		CHECK_OK(close(fds[i]));
		fds[i] = 300 + i;
	}
	for (int i = 0; i < 100; i++) {
		CHECK_OK(fstat(fds[i], &st));
		CHECK_EQ(st.st_ino, inodes[i]);
		CHECK_EQ(st.st_nlink, 0);
	}
}

/* A descriptor closed by one process while another sleeps in it: the sleeper is served. */
static void closed_elsewhere(void)
{
	int fds[2];
	pid_t pid;

	CHECK_OK(pipe(fds));
	pid = fork();
	if (pid == 0) {
		char c;

		_exit(read(fds[0], &c, 1) == 1 ? 0 : 1);
	}
	check_await_asleep(pid);
	CHECK_OK(close(fds[0]));
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

/* /dev/fd, /dev/stdin and their kin name one's own descriptors. */
static void by_path(void)
{
	int fd = CHECK_OK(open("fdtable.file", O_RDWR | O_CREAT | O_TRUNC, 0600)), again;
	char path[32], buffer[8] = {0};

	CHECK_EQ(write(fd, "path", 4), 4);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	again = CHECK_OK(open(path, O_RDONLY));
	CHECK_EQ(read(again, buffer, 8), 4);
	CHECK_STR(buffer, "path");
	CHECK_ERRNO(open("/dev/fd/777", O_RDONLY), ENOENT);
	CHECK_OK(dup2(fd, 0));
	again = CHECK_OK(open("/dev/stdin", O_RDONLY));
	CHECK_EQ(read(again, buffer, 8), 4);
	unlink("fdtable.file");
}

static _Atomic int enough;

static void make_pipes_for_nobody(void *unused)
{
	while (!enough)
		CHECK_EQ(raw_syscall(SYS_pipe2, 8, 0, 0, 0, 0, 0), -EFAULT);
}

/* A pipe whose descriptors cannot be told is taken back, and what another thread has put at such a
 * number meanwhile stays there. (On Linux a number that is being given away is busy.) */
static void taken_back(void)
{
	struct thread thread;

	close_above_2();
	thread_start(&thread, make_pipes_for_nobody, NULL);
	for (int i = 0; i < 3000 && !check_failures; i++) {
		int fd = 3 + i % 2;

		if (dup2(0, fd) < 0) {
			CHECK_EQ(errno, EBUSY);
			continue;
		}
		for (int looks = 0; looks < 10; looks++)
			CHECK(is_open(fd));
		CHECK_OK(close(fd));
	}
	enough = 1;
	thread_join(&thread);
	CHECK_EQ(open_null(), 3);
}

static const struct check_case cases[] = {
	CASE(lowest_free), CASE(duplicates),       CASE(flags),   CASE(limits),     CASE(over_fork),
	CASE(many),        CASE(closed_elsewhere), CASE(by_path), CASE(taken_back),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
