/* SPDX-License-Identifier: MIT */
/*
 * Mappings: anonymous and of files, private and shared, their edges, and copy-on-write. How far
 * memory goes is exhaust.c, what a wrong access gives is faults.c.
 */
#include "check.h"

#define PAGE CHECK_PAGE

static char *map(size_t pages, int prot, int flags)
{
	char *p = mmap(NULL, pages * PAGE, prot, flags | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static char *private_pages(size_t pages)
{
	return map(pages, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

static volatile char *touch_at;

static void touch_read(void)
{
	(void)*touch_at;
}

static void touch_write(void)
{
	*touch_at = 1;
}

/* What a child that reads or writes there dies of: a signal, or 0. */
static int dies_of(volatile char *at, int writing)
{
	int status;

	touch_at = at;
	status = check_run(writing ? touch_write : touch_read, 5000);
	return status != CHECK_TIMEOUT && WIFSIGNALED(status) ? WTERMSIG(status) : status;
}

static void anonymous(void)
{
	char *p = private_pages(4);

	CHECK_EQ((unsigned long)p % PAGE, 0);
	for (size_t i = 0; i < 4 * PAGE; i += 512)
		CHECK_EQ(p[i], 0);
	memset(p, 1, 4 * PAGE);
	CHECK_OK(munmap(p, 4 * PAGE));
	CHECK_EQ(dies_of(p, 0), SIGSEGV);
	/* Fresh pages are zero, whatever used the frames before. */
	p = private_pages(16);
	for (size_t i = 0; i < 16 * PAGE; i += 64)
		if (p[i] != 0) {
			CHECK_EQ(p[i], 0);
			break;
		}
	CHECK_ERRNO((long)mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL);
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_SHARED | 0x40 | MAP_FIXED,
			       1000, 1),
		    EINVAL);
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 1000, 0), EBADF);
	CHECK_ERRNO((long)mmap((void *)0x1001, PAGE, PROT_READ,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
		    EINVAL);
}

static void unmapping(void)
{
	char *p = private_pages(8);

	memset(p, 7, 8 * PAGE);
	CHECK_OK(munmap(p + 2 * PAGE, PAGE));
	CHECK_EQ(dies_of(p + 2 * PAGE, 0), SIGSEGV);
	CHECK_EQ(p[2 * PAGE - 1], 7);
	CHECK_EQ(p[3 * PAGE], 7);
	CHECK_OK(munmap(p + 2 * PAGE, PAGE));
	CHECK_OK(munmap(p + PAGE, 4 * PAGE));
	CHECK_EQ(p[0], 7);
	CHECK_EQ(dies_of(p + 4 * PAGE, 1), SIGSEGV);
	CHECK_EQ(p[5 * PAGE], 7);
	CHECK_OK(munmap(p, 1));
	CHECK_EQ(dies_of(p, 0), SIGSEGV);
	CHECK_ERRNO(munmap(p + 1, PAGE), EINVAL);
	CHECK_ERRNO(munmap(p, 0), EINVAL);
	CHECK_ERRNO(munmap((void *)0x7ffffffff000, PAGE), EINVAL);
	CHECK_OK(munmap(p + 5 * PAGE, 3 * PAGE));
}

static void fixed(void)
{
	char *p = private_pages(4), *q;

	memset(p, 5, 4 * PAGE);
	q = mmap(p + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(q == p + PAGE);
	CHECK_EQ(q[0], 0);
	CHECK_EQ(p[0], 5);
	CHECK_EQ(p[2 * PAGE], 5);
	CHECK_EQ(dies_of(q, 1), SIGSEGV);
	CHECK_ERRNO((long)mmap(p + 3 * PAGE, PAGE, PROT_READ,
			       MAP_PRIVATE | MAP_ANONYMOUS | 0x100000 /* FIXED_NOREPLACE */, -1, 0),
		    EEXIST);
	CHECK_OK(munmap(p, 4 * PAGE));
	/* A free hint is followed, a taken one is not. */
	q = mmap(p + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(q == p + 2 * PAGE);
	p = mmap(q, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED && p != q);
	munmap(p, PAGE);
	munmap(q, PAGE);
}

static void protection(void)
{
	static const unsigned char code[] = {0xb8, 0x2a, 0, 0, 0, 0xc3}; /* mov eax, 42; ret */
	char *p = private_pages(4);
	int (*function)(void);

	memset(p, 3, 4 * PAGE);
	CHECK_OK(mprotect(p + PAGE, 2 * PAGE, PROT_READ));
	CHECK_EQ(dies_of(p + PAGE, 1), SIGSEGV);
	CHECK_EQ(dies_of(p + PAGE, 0), 0);
	p[0] = 4;
	p[3 * PAGE] = 4;
	CHECK_OK(mprotect(p + PAGE, PAGE, PROT_NONE));
	CHECK_EQ(dies_of(p + PAGE, 0), SIGSEGV);
	CHECK_OK(mprotect(p, 4 * PAGE, PROT_READ | PROT_WRITE));
	CHECK_EQ(p[PAGE], 3);
	p[PAGE] = 4;
	memcpy(p, code, sizeof(code));
	CHECK_OK(mprotect(p, PAGE, PROT_READ | PROT_EXEC));
	memcpy(&function, &p, sizeof(function));
	CHECK_EQ(function(), 42);
	CHECK_EQ(dies_of(p, 1), SIGSEGV);
	CHECK_OK(munmap(p + 2 * PAGE, PAGE));
	CHECK_ERRNO(mprotect(p, 4 * PAGE, PROT_READ), ENOMEM);
	CHECK_ERRNO(mprotect(p + 1, PAGE, PROT_READ), EINVAL);
	CHECK_OK(mprotect(p, 0, PROT_READ));
	munmap(p, 4 * PAGE);
}

static void remapping(void)
{
	char *p = private_pages(4), *q;

	memset(p, 9, 4 * PAGE);
	CHECK(mremap(p, 4 * PAGE, 2 * PAGE, 0) == p);
	CHECK_EQ(dies_of(p + 2 * PAGE, 0), SIGSEGV);
	q = mmap(p + 2 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(q == p + 2 * PAGE);
	CHECK_ERRNO((long)mremap(p, 2 * PAGE, 8 * PAGE, 0), ENOMEM);
	q = mremap(p, 2 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED && q != p);
	CHECK_EQ(q[0], 9);
	CHECK_EQ(q[2 * PAGE - 1], 9);
	CHECK_EQ(q[2 * PAGE], 0);
	CHECK_EQ(dies_of(p, 0), SIGSEGV);
	CHECK_ERRNO((long)mremap(p, 2 * PAGE, PAGE, 0), EFAULT);
	CHECK_ERRNO((long)mremap(q + 1, PAGE, PAGE, 0), EINVAL);
	CHECK_ERRNO((long)mremap(q, PAGE, 0, 0), EINVAL);
	CHECK_ERRNO((long)mremap(q, PAGE, PAGE, 0x80), EINVAL);
	p = private_pages(1);
	p = mremap(q, 8 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(p[5], 9);
	CHECK_EQ(dies_of(q, 0), SIGSEGV);
	munmap(p, PAGE);
}

static void advising(void)
{
	char *p = private_pages(4);

	memset(p, 6, 4 * PAGE);
	CHECK_OK(madvise(p, 4 * PAGE, MADV_NORMAL));
	CHECK_OK(madvise(p, 4 * PAGE, MADV_WILLNEED));
	CHECK_OK(madvise(p + PAGE, PAGE, MADV_DONTNEED));
	CHECK_EQ(p[PAGE], 0);
	CHECK_EQ(p[0], 6);
	CHECK_EQ(p[2 * PAGE], 6);
	CHECK_ERRNO(madvise(p, PAGE, 9999), EINVAL);
	CHECK_ERRNO(madvise(p + 1, PAGE, MADV_NORMAL), EINVAL);
	munmap(p, 4 * PAGE);
	CHECK_ERRNO(madvise(p, PAGE, MADV_DONTNEED), ENOMEM);
}

static void heap(void)
{
	char *start = sbrk(0), *end;

	CHECK(sbrk(3 * PAGE + 5) == (void *)start);
	end = sbrk(0);
	CHECK(end == start + 3 * PAGE + 5);
	for (char *p = start; p < end; p++)
		if (*p != 0) {
			CHECK_EQ(*p, 0);
			break;
		}
	memset(start, 1, end - start);
	CHECK_OK(brk(start + PAGE));
	CHECK_OK(brk(end));
	CHECK_EQ(start[PAGE - 1], 1);
	CHECK_EQ(end[-1], 0);
	/* The raw call answers with the break as it stays when it cannot move. */
	CHECK_EQ(raw_syscall(SYS_brk, 0, 0, 0, 0, 0, 0), (long)end);
	CHECK_EQ(raw_syscall(SYS_brk, 4096, 0, 0, 0, 0, 0), (long)end);
	CHECK_EQ(raw_syscall(SYS_brk, 0x7ffffffff000, 0, 0, 0, 0, 0), (long)end);
	CHECK_OK(brk(start));
}

/* Parent and child after fork: each side's writes stay its own, at any depth of sharing. */
static void copy_on_write(void)
{
	char *p = private_pages(8);
	int status;

	for (int i = 0; i < 8; i++)
		p[i * PAGE] = (char)i;
	for (int round = 0; round < 4; round++) {
		pid_t pid = fork();

		if (pid == 0) {
			for (int i = 0; i < 8; i++) {
				if (p[i * PAGE] != (char)(i + round * 10))
					_exit(1);
				p[i * PAGE] = 100;
			}
			mprotect(p, PAGE, PROT_READ);
			munmap(p + PAGE, PAGE);
			_exit(p[0] == 100 ? 0 : 2);
		}
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EXITED(status, 0);
		for (int i = 0; i < 8; i++)
			p[i * PAGE] += 10;
	}
	/* A page made read-only and writable again while shared is still copied. */
	CHECK_OK(mprotect(p, PAGE, PROT_READ));
	if (fork() == 0) {
		mprotect(p, PAGE, PROT_READ | PROT_WRITE);
		p[0] = 55;
		_exit(0);
	}
	wait(&status);
	CHECK_EQ(p[0], 40);
	munmap(p, 8 * PAGE);
}

static void shared_anonymous(void)
{
	volatile int *p = (int *)map(2, PROT_READ | PROT_WRITE, MAP_SHARED);
	int status;

	p[0] = 1;
	if (fork() == 0) {
		if (p[0] != 1)
			_exit(1);
		p[0] = 2;
		p[PAGE / 4] = 3;
		munmap((void *)p, 2 * PAGE);
		_exit(0);
	}
	wait(&status);
	CHECK_EXITED(status, 0);
	CHECK_EQ(p[0], 2);
	CHECK_EQ(p[PAGE / 4], 3);
}

static int file_of(const char *name, const char *text, off_t size)
{
	int fd = CHECK_OK(open(name, O_RDWR | O_CREAT | O_TRUNC, 0600));

	CHECK_EQ(pwrite(fd, text, strlen(text), 0), strlen(text));
	CHECK_OK(ftruncate(fd, size));
	return fd;
}

static void shared_file(void)
{
	int fd = file_of("memory.file", "hello", 2 * PAGE), status;
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), buffer[8] = {0};
	char *q = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	CHECK(p != MAP_FAILED && q != MAP_FAILED);
	CHECK_STR(p, "hello");
	strcpy(p, "jello");
	CHECK_STR(q, "jello");
	CHECK_EQ(pread(fd, buffer, 5, 0), 5);
	CHECK_STR(buffer, "jello");
	CHECK_EQ(pwrite(fd, "cello", 5, 0), 5);
	CHECK_STR(p, "cello");
	if (fork() == 0) {
		strcpy(p, "child");
		_exit(0);
	}
	wait(&status);
	CHECK_STR(q, "child");
	CHECK_OK(msync(p, 2 * PAGE, MS_SYNC));
	/* The mapping outlives descriptor and name. */
	close(fd);
	unlink("memory.file");
	CHECK_STR(p, "child");
	p[PAGE] = 1;
	munmap(p, 2 * PAGE);
	CHECK_STR(q, "child");
	munmap(q, PAGE);
}

static void private_file(void)
{
	int fd = file_of("memory.file", "original", PAGE);
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0), buffer[16] = {0};

	CHECK_STR(p, "original");
	strcpy(p, "changed!");
	CHECK_EQ(pread(fd, buffer, 8, 0), 8);
	CHECK_STR(buffer, "original");
	CHECK_EQ(pwrite(fd, "overlay!", 8, 0), 8);
	CHECK_STR(p, "changed!");
	CHECK_OK(madvise(p, PAGE, MADV_DONTNEED));
	CHECK_STR(p, "overlay!");
	munmap(p, PAGE);
	close(fd);
	unlink("memory.file");
}

static void file_edges(void)
{
	int fd = file_of("memory.file", "x", PAGE + 100), ro;
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK_EQ(p[PAGE + 99], 0);
	CHECK_EQ(p[2 * PAGE - 1], 0);
	CHECK_EQ(dies_of(p + 2 * PAGE, 0), SIGBUS);
	CHECK_EQ(dies_of(p + 2 * PAGE, 1), SIGBUS);
	CHECK_OK(ftruncate(fd, 3 * PAGE));
	CHECK_EQ(p[2 * PAGE], 0);
	p[0] = 'y';
	CHECK_OK(ftruncate(fd, 0));
	CHECK_EQ(dies_of(p, 0), SIGBUS);
	CHECK_OK(ftruncate(fd, PAGE));
	CHECK_EQ(p[0], 0);
	munmap(p, 4 * PAGE);
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 8 * PAGE);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(dies_of(p, 0), SIGBUS);
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 100), EINVAL);
	ro = CHECK_OK(open("memory.file", O_RDONLY));
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0), EACCES);
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, ro, 0);
	CHECK(p != MAP_FAILED);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, ro, 0);
	CHECK_ERRNO(mprotect(p, PAGE, PROT_READ | PROT_WRITE), EACCES);
	close(ro);
	ro = CHECK_OK(open("memory.file", O_WRONLY));
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ro, 0), EACCES);
	close(ro);
	close(fd);
	ro = CHECK_OK(open(".", O_RDONLY));
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ro, 0), ENODEV);
	close(ro);
	unlink("memory.file");
}

static void devices(void)
{
	int fd = CHECK_OK(open("/dev/zero", O_RDWR));
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	CHECK(p != MAP_FAILED);
	if (p != MAP_FAILED) {
		CHECK_EQ(p[100], 0);
		p[100] = 1;
	}
	close(fd);
	fd = CHECK_OK(open("/dev/shm/memory.test", O_RDWR | O_CREAT | O_EXCL, 0600));
	CHECK_OK(ftruncate(fd, PAGE));
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	p[0] = 1;
	close(fd);
	CHECK_OK(unlink("/dev/shm/memory.test"));
}

/* The kernel reads and writes user pages that nobody has touched, or that are still shared. */
static void kernel_touches(void)
{
	char *p = private_pages(64);
	int fds[2];

	CHECK_OK(pipe(fds));
	CHECK_EQ(write(fds[1], p, 1000), 1000);
	CHECK_EQ(read(fds[0], p + 3 * PAGE - 500, 1000), 1000);
	CHECK(getcwd(p + 10 * PAGE, PAGE) != NULL);
	CHECK_EQ(p[10 * PAGE], '/');
	CHECK_OK(mprotect(p + 20 * PAGE, PAGE, PROT_READ));
	CHECK_EQ(write(fds[1], p, 10), 10);
	CHECK_ERRNO(read(fds[0], p + 20 * PAGE, 10), EFAULT);
	CHECK_ERRNO(pipe((int *)(p + 20 * PAGE)), EFAULT);
	munmap(p, 64 * PAGE);
}

static __attribute__((noinline)) int deep(int n)
{
	volatile char frame[1000];

	frame[0] = (char)n;
	return n ? deep(n - 1) + frame[0] - (char)n : 0;
}

/* The stack grows where it is used: four of its eight megabytes. */
static void stack_grows(void)
{
	CHECK_EQ(deep(4000), 0);
}

static const struct check_case cases[] = {
	CASE(anonymous),        CASE(unmapping),      CASE(fixed),        CASE(protection),
	CASE(remapping),        CASE(advising),       CASE(heap),         CASE(copy_on_write),
	CASE(shared_anonymous), CASE(shared_file),    CASE(private_file), CASE(file_edges),
	CASE(devices),          CASE(kernel_touches), CASE(stack_grows),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
