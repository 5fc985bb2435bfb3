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
#include <sys/uio.h>

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

	/* Its children, if it left any; until the last is gone with its memory. */
	while (kill(-pid, SIGKILL) == 0)
		check_sleep_ms(5);
	if (!(on_tarae() && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
		CHECK_EXITED(status, 0);
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
	check_recovered(); /* with all of it still there */
	CHECK_OK(ftruncate(fd, 0));
	CHECK_EQ(write(fd, block, 1), 1);
	close(fd);
	CHECK_OK(unlink("exhaust.file"));
	check_recovered();
}

/* The same in single calls that write more than there is, and over pages that are there already at
 * other places. */
static void file_system_at_once(void)
{
	static char block[1 << 20];
	struct iovec parts[1024];
	int count = on_tarae() ? 1024 : 16;
	int fd = CHECK_OK(open("exhaust.file", O_RDWR | O_CREAT | O_TRUNC, 0600));
	ssize_t n;

	for (int i = 0; i < count; i++)
		parts[i] = (struct iovec){block, sizeof(block)};
	for (int i = 0; i < 16; i++)
		CHECK_EQ(pwrite(fd, block, sizeof(block), (16UL << 30) + i * sizeof(block)),
			 sizeof(block));
	do {
		n = writev(fd, parts, count);
	} while (on_tarae() && n == (ssize_t)(count * sizeof(block)));
	CHECK(n > 0 || errno == ENOSPC);
	check_recovered();
	CHECK_EQ(pwrite(fd, block, 1, 16UL << 30), 1); /* where there is a page */
	close(fd);
	CHECK_OK(unlink("exhaust.file"));
	check_recovered();
}

/* A file of nothing but holes is filled through a mapping. There is no call that could say that the
 * file system is full. */
static void map_greedy(void)
{
	const size_t size = 1UL << 40;
	size_t cap = (size_t)check_env("MEGABYTES", on_tarae() ? 1 << 20 : 64) << 20;
	int fd = CHECK_OK(open("exhaust.file", O_RDWR));

	be_large();
	CHECK_OK(ftruncate(fd, size));
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	for (size_t at = 0; p != MAP_FAILED && at < cap; at += CHECK_PAGE)
		p[at] = 1;
}

static void file_mapping(void)
{
	int fd = CHECK_OK(open("exhaust.file", O_RDWR | O_CREAT | O_TRUNC, 0600));
	int status = check_run(map_greedy, 50000);

	if (on_tarae())
		CHECK_KILLED(status, SIGBUS);
	else
		CHECK_EXITED(status, 0);
	check_recovered();
	close(fd);
	CHECK_OK(unlink("exhaust.file"));
	check_recovered();
}

/* Names: symbolic links take most, each up to a page. When no more can be made, no other kind can
 * either; all can be removed. */
static void names(void)
{
	long cap = on_tarae() ? 1L << 24 : 100, count = 0;
	char target[4000], name[40];

	memset(target, 'x', sizeof(target));
	target[sizeof(target) - 1] = '\0';
	CHECK_OK(mkdir("exhaust", 0700));
	CHECK_OK(chdir("exhaust"));
	for (; count < cap; count++) {
		snprintf(name, sizeof(name), "%ld", count);
		if (symlink(target, name) != 0)
			break;
	}
	if (on_tarae()) {
		CHECK_EQ(errno, ENOSPC);
		CHECK_ERRNO(mkdir("d", 0700), ENOSPC);
		CHECK_ERRNO(open("f", O_RDWR | O_CREAT, 0600), ENOSPC);
		CHECK_ERRNO(link("0", "l"), ENOSPC);
		CHECK_ERRNO(mkfifo("p", 0600), ENOSPC);
		CHECK_ERRNO(rename("0", "longer"), ENOSPC);
		CHECK_OK(rename("0", "1"));
	} else {
		CHECK_OK(unlink("0"));
	}
	check_recovered();
	for (long i = 1; i < count; i++) {
		snprintf(name, sizeof(name), "%ld", i);
		CHECK_OK(unlink(name));
	}
	CHECK_OK(chdir(".."));
	CHECK_OK(rmdir("exhaust"));
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
	CASE_LIMIT(file_system_at_once, 58000),
	CASE_LIMIT(file_mapping, 58000),
	CASE_LIMIT(names, 58000),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
