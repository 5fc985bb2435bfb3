/* SPDX-License-Identifier: MIT */
/*
 * Taking until there is no more, of each thing: processes, address space, memory, heap, open files,
 * pipes. The call that cannot be served says so, everything comes back, and the next ordinary
 * request works. Each greedy process is a child that holds a megabyte more than this one, so that
 * where memory has run out the kernel's choice falls on it. On the control machine, which has far
 * more of everything, counts are capped (FORKS, MEGABYTES).
 */
#include "check.h"

#include <sys/resource.h>

/* A process that can be started, and a file and a pipe that can be opened: all is well again. */
static void nothing(void)
{
}

static void check_recovered(void)
{
	int fds[2], fd;
	char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	if (p != MAP_FAILED) {
		memset(p, 1, 1 << 20);
		munmap(p, 1 << 20);
	}
	CHECK_EQ(check_run(nothing, 5000), 0);
	CHECK_OK(pipe(fds));
	fd = CHECK_OK(open("/dev/null", O_RDWR));
	close(fds[0]);
	close(fds[1]);
	close(fd);
}

/* Makes this process the largest there is. */
static void be_large(void)
{
	char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED)
		memset(p, 1, 1 << 20);
}

/* Forks children that sleep, until fork fails or the cap is reached; then ends and reaps them. */
static void fork_greedy(void)
{
	long cap = check_env("FORKS", on_tarae() ? 100000 : 2000), count = 0, reaped = 0;
	int error = 0;

	be_large();
	setpgid(0, 0);
	while (count < cap) {
		pid_t pid = fork();

		if (pid == 0) {
			pause();
			_exit(0);
		}
		if (pid < 0) {
			error = errno;
			break;
		}
		count++;
	}
	CHECK(count == cap || error == EAGAIN || error == ENOMEM);
	CHECK(count > 16);
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	while (waitpid(-1, NULL, 0) > 0)
		reaped++;
	CHECK_EQ(errno, ECHILD);
	CHECK_EQ(reaped, count);
}

/* The kernel may end the greedy process itself; it must not hang, nor harm this one. */
static void forks(void)
{
	pid_t pid = check_fork(fork_greedy);
	int status = check_wait(pid, 50000);

	kill(-pid, SIGKILL);
	if (!(on_tarae() && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
		CHECK_EXITED(status, 0);
	check_sleep_ms(20);
	check_recovered();
}

/* Address space alone, never touched. */
static void address_space(void)
{
	const size_t step = 1UL << 40;
	int count = 0;

	while (count < 200) {
		void *p = mmap(NULL, step, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p == MAP_FAILED)
			break;
		count++;
	}
	CHECK_RANGE(count, 1, 128);
	CHECK_EQ(errno, ENOMEM);
	CHECK_ERRNO((long)mmap(NULL, 1UL << 47, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
		    ENOMEM);
	check_recovered();
}

/* Touches memory until the end: the process is killed, or mmap says ENOMEM first. */
static void touch_greedy(void)
{
	long cap = check_env("MEGABYTES", on_tarae() ? 1 << 20 : 64);

	for (long i = 0; i < cap; i++) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		if (p == MAP_FAILED) {
			CHECK_EQ(errno, ENOMEM);
			break;
		}
		for (size_t at = 0; at < 1 << 20; at += CHECK_PAGE)
			p[at] = 1;
	}
}

static void memory(void)
{
	int status = check_run(touch_greedy, 50000);

	if (!(on_tarae() && status != CHECK_TIMEOUT && WIFSIGNALED(status) &&
	      WTERMSIG(status) == SIGKILL))
		CHECK_EXITED(status, 0);
	check_recovered();
}

/* Several at once: each gets what it gets, and all end. */
static void memory_together(void)
{
	pid_t pids[3];

	for (int i = 0; i < 3; i++)
		pids[i] = check_fork(touch_greedy);
	for (int i = 0; i < 3; i++) {
		int status = check_wait(pids[i], 50000);

		CHECK(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
	}
	check_recovered();
}

static void heap(void)
{
	char *start = sbrk(0);
	long step = 1L << 30;
	int count = 0;

	while (step >= (long)CHECK_PAGE && count < 1000000) {
		if (sbrk(step) == (void *)-1) {
			CHECK_EQ(errno, ENOMEM);
			step /= 2;
		} else if (++count > 300) {
			break;
		}
	}
	CHECK(sbrk(0) >= (void *)start);
	CHECK_EQ(brk(start), 0);
	CHECK(sbrk(0) == (void *)start);
	check_recovered();
}

static void limit_files(rlim_t n)
{
	struct rlimit limit = {n, 4096};

	CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
}

static void open_files(void)
{
	int first = CHECK_OK(open("/dev/null", O_RDONLY)), last = first, fd, fds[2];

	limit_files(200);
	while ((fd = open("/dev/null", O_RDONLY)) >= 0) {
		CHECK(fd > last);
		last = fd;
	}
	CHECK_EQ(errno, EMFILE);
	CHECK_EQ(last, 199);
	CHECK_ERRNO(dup(first), EMFILE);
	CHECK_ERRNO(pipe(fds), EMFILE);
	CHECK_ERRNO(fcntl(first, F_DUPFD, 0), EMFILE);
	CHECK_EQ(dup2(first, 199), 199);
	CHECK_ERRNO(dup2(first, 200), EBADF);
	CHECK_ERRNO(fcntl(first, F_DUPFD, 200), EINVAL);
	close(150);
	CHECK_ERRNO(pipe(fds), EMFILE);
	CHECK_EQ(open("/dev/null", O_RDONLY), 150);
	for (fd = first; fd <= last; fd++)
		CHECK_OK(close(fd));
	check_recovered();
}

static void pipes(void)
{
	int fds[2], count = 0, first = -1;

	limit_files(1000);
	while (pipe(fds) == 0) {
		if (first < 0)
			first = fds[0];
		count++;
		if (write(fds[1], "x", 1) != 1)
			break;
	}
	CHECK(errno == EMFILE || errno == ENFILE);
	CHECK(count > 100);
	for (int fd = first; fd < 1000; fd++)
		close(fd);
	check_recovered();
}

/* A file grown until the file system is full, on Tarae alone: its files are memory. */
static void file_system(void)
{
	static char block[65536];
	long cap = on_tarae() ? 1L << 20 : 64, count = 0;
	int fd = CHECK_OK(open("exhaust.file", O_RDWR | O_CREAT | O_TRUNC, 0600));
	ssize_t n = 0;

	memset(block, 7, sizeof(block));
	while (count < cap && (n = write(fd, block, sizeof(block))) == sizeof(block))
		count++;
	if (count < cap)
		CHECK(n >= 0 || errno == ENOSPC || errno == ENOMEM);
	CHECK_OK(ftruncate(fd, 0));
	CHECK_EQ(write(fd, block, 1), 1);
	close(fd);
	CHECK_OK(unlink("exhaust.file"));
	check_recovered();
}

static const struct check_case cases[] = {
	CASE_LIMIT(forks, 58000),
	CASE(address_space),
	CASE_LIMIT(memory, 58000),
	CASE_LIMIT(memory_together, 58000),
	CASE(heap),
	CASE(open_files),
	CASE(pipes),
	CASE_LIMIT(file_system, 58000),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
