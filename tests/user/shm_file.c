/* SPDX-License-Identifier: MIT */
/*
 * Shared memory, the other model: nothing is copied and nobody waits; who shares must agree by
 * other means who may write when. Objects of shm_open() and mapped files: seen by all who map them,
 * kept by whoever still does, and their ends.
 */
#include "ipc_help.h"

#include <limits.h>

#define NAME "/tarae.shm"
#define SIZE (3 * CHECK_PAGE)

static int make(long size)
{
	int fd;

	shm_unlink(NAME);
	fd = CHECK_OK(shm_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600));
	CHECK_OK(ftruncate(fd, size));
	return fd;
}

static char *map(int fd, size_t size, int protection, int flags)
{
	char *p = mmap(NULL, size, protection, flags, fd, 0);

	CHECK(p != MAP_FAILED);
	if (p == MAP_FAILED)
		_exit(1);
	return p;
}

static char *map_shared(int fd)
{
	return map(fd, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);
}

/* Every way in sees every other way's writes at once. */
static void one_memory(void)
{
	int fd = make(SIZE);
	char *a = map_shared(fd), *b = map_shared(fd), buffer[4] = {0};

	CHECK_EQ(a[0], 0);
	strcpy(a + 10, "abc");
	CHECK_STR(b + 10, "abc");
	CHECK_EQ(pread(fd, buffer, 3, 10), 3);
	CHECK_STR(buffer, "abc");
	CHECK_EQ(pwrite(fd, "XYZ", 3, CHECK_PAGE), 3);
	CHECK_EQ(memcmp(a + CHECK_PAGE, "XYZ", 3), 0);
	CHECK_EQ(memcmp(b + CHECK_PAGE, "XYZ", 3), 0);
	CHECK_OK(shm_unlink(NAME));
}

/* Another process that maps it by its name. */
static void by_name(void)
{
	int fd = make(SIZE);
	char *p = map_shared(fd);
	pid_t pid;

	strcpy(p, "from the parent");
	pid = fork();
	if (pid == 0) {
		int again = CHECK_OK(shm_open(NAME, O_RDWR, 0));
		char *q = map_shared(again);

		CHECK_STR(q, "from the parent");
		strcpy(q, "from the child");
		_exit(check_failures != 0);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_STR(p, "from the child");
	CHECK_OK(shm_unlink(NAME));
	/* The name is gone, what is mapped is not. */
	CHECK_ERRNO(shm_open(NAME, O_RDWR, 0), ENOENT);
	close(fd);
	CHECK_STR(p, "from the child");
	p[SIZE - 1] = 1;
	CHECK_OK(munmap(p, SIZE));
}

/* A private mapping sees the file until it writes, and then its own copy. */
static void private_mapping(void)
{
	int fd = make(SIZE);
	char *shared = map_shared(fd);
	char *own = map(fd, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	strcpy(shared, "common");
	CHECK_STR(own, "common");
	strcpy(own, "mine");
	CHECK_STR(shared, "common");
	strcpy(shared, "changed");
	CHECK_STR(own, "mine");
	CHECK_EQ(fork() == 0 ? (strcpy(own, "child"), _exit(0), 0) : 0, 0);
	CHECK(wait(NULL) > 0);
	CHECK_STR(own, "mine");
	CHECK_OK(shm_unlink(NAME));
}

static void names(void)
{
	char name[300];
	struct stat st;
	int fd = make(10);

	CHECK_ERRNO(shm_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
	CHECK_OK(fstat(fd, &st));
	CHECK(S_ISREG(st.st_mode));
	CHECK_EQ(st.st_size, 10);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(CHECK_OK(shm_open(NAME, O_RDWR | O_TRUNC, 0)));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_size, 0);
	CHECK_OK(shm_unlink(NAME));
	CHECK_ERRNO(shm_unlink(NAME), ENOENT);
	CHECK_ERRNO(shm_open("/a/b", O_CREAT | O_RDWR, 0600), EINVAL);
	memset(name, 'n', sizeof(name));
	name[0] = '/';
	name[NAME_MAX + 2] = 0;
	CHECK_ERRNO(shm_open(name, O_CREAT | O_RDWR, 0600), ENAMETOOLONG);
}

static volatile char *touched;

static void touch(void)
{
	touched[0] = 1;
}

/* What is cut off or lies beyond the end is SIGBUS; a mapping that may not write, SIGSEGV. */
static void edges(void)
{
	int fd = make(SIZE), only;
	char *p = map_shared(fd);

	memset(p, 'x', SIZE);
	CHECK_OK(ftruncate(fd, CHECK_PAGE + 100));
	CHECK_EQ(p[CHECK_PAGE + 99], 'x');
	CHECK_EQ(p[CHECK_PAGE + 100], 0);
	touched = p + 2 * CHECK_PAGE;
	CHECK_KILLED(check_run(touch, 5000), SIGBUS);
	CHECK_OK(ftruncate(fd, SIZE));
	CHECK_EQ(p[2 * CHECK_PAGE], 0);
	CHECK_EQ(check_run(touch, 5000), 0);
	only = CHECK_OK(shm_open(NAME, O_RDONLY, 0));
	CHECK_EQ((long)mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, only, 0), -1);
	CHECK_EQ(errno, EACCES);
	touched = map(only, SIZE, PROT_READ, MAP_SHARED);
	CHECK_EQ(touched[0], 'x');
	CHECK_KILLED(check_run(touch, 5000), SIGSEGV);
	CHECK_OK(shm_unlink(NAME));
}

/* Two processes count together; with an atomic addition nothing is lost. */
static void counted_together(void)
{
	enum { PROCESSES = 4, EACH = 5000 };
	int fd = make(SIZE);
	_Atomic int *count = (_Atomic int *)map_shared(fd);
	pid_t pids[PROCESSES];

	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (int n = 0; n < EACH; n++)
				(*count)++;
			_exit(0);
		}
	}
	for (int i = 0; i < PROCESSES; i++)
		CHECK_EXITED(check_wait(pids[i], 10000), 0);
	CHECK_EQ(*count, PROCESSES * EACH);
	CHECK_OK(shm_unlink(NAME));
}

/* One is killed while it writes: the other still has all of it, and a futex there still works. */
static void writer_dies(void)
{
	int fd = make(SIZE);
	volatile int *p = (volatile int *)map_shared(fd);
	struct timespec limit = {10, 0};
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			p[1]++;
	while (p[1] == 0)
		sched_yield();
	kill(pid, SIGKILL);
	CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
	CHECK(p[1] != 0);
	pid = fork();
	if (pid == 0) {
		check_sleep_ms(20);
		p[0] = 1;
		raw_syscall(SYS_futex, (long)p, 1 /* FUTEX_WAKE */, 1, 0, 0, 0);
		_exit(0);
	}
	while (p[0] == 0)
		raw_syscall(SYS_futex, (long)p, 0 /* FUTEX_WAIT */, 0, (long)&limit, 0, 0);
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_OK(shm_unlink(NAME));
}

static const struct check_case cases[] = {
	CASE(one_memory), CASE(by_name),          CASE(private_mapping), CASE(names),
	CASE(edges),      CASE(counted_together), CASE(writer_dies),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
