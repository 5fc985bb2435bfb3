/* SPDX-License-Identifier: MIT */
/*
 * Futexes in shared memory that moves: what lies behind an address is found anew whenever it may be
 * something else than at the last call.
 */
#include "threads.h"

#define ANYWHERE   ((void *)0)
#define FIXED      ((char *)0x10000000)
#define FILE_NAME  "futex.file"
#define MOVES_MOST 40 /* more than an exec makes */

static struct thread threads[2];

static void wait_at(void *address)
{
	CHECK_EQ(futex(address, FUTEX_WAIT_OP, 0, 0, NULL, 0), 0);
}

static void start_waiter(struct thread *thread, _Atomic int *address)
{
	thread_start(thread, wait_at, (void *)address);
	thread_await_asleep(getpid(), thread->tid);
}

static _Atomic int *map_shared(void *at, size_t bytes, int fd)
{
	return mmap(at, bytes, PROT_READ | PROT_WRITE,
		    MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0) | (at ? MAP_FIXED : 0), fd, 0);
}

static int wake(_Atomic int *address)
{
	return (int)futex(address, FUTEX_WAKE_COUNT, 9, 0, NULL, 0);
}

/* A page moves, because it cannot grow, and another comes to its place: each has its own
 * waiters. */
static void moved(void)
{
	_Atomic int *first = map_shared(FIXED, CHECK_PAGE, -1), *there;

	map_shared(FIXED + CHECK_PAGE, CHECK_PAGE, -1);
	start_waiter(&threads[0], first);
	CHECK_EQ(wake(&first[1]), 0);
	there = mremap((void *)first, CHECK_PAGE, 2 * CHECK_PAGE, MREMAP_MAYMOVE);
	CHECK(there != first);
	CHECK_EQ(wake(first), -EFAULT);
	CHECK(map_shared(FIXED, CHECK_PAGE, -1) == first);
	start_waiter(&threads[1], first);
	CHECK_EQ(wake(first), 1);
	thread_join(&threads[1]);
	CHECK_EQ(wake(there), 1);
	thread_join(&threads[0]);
}

/* A page is replaced, at the end, at the beginning and in the middle of three. */
static void replaced(void)
{
	for (int page = 0; page < 3; page++) {
		_Atomic int *all = map_shared(FIXED, 3 * CHECK_PAGE, -1);
		_Atomic int *one = all + page * CHECK_PAGE / sizeof(int);

		CHECK_EQ(wake(one), 0);
		CHECK(map_shared((void *)one, CHECK_PAGE, -1) == one);
		start_waiter(&threads[0], one);
		CHECK_EQ(wake(one), 1);
		thread_join(&threads[0]);
		for (int other = 0; other < 3; other++)
			CHECK_EQ(wake(all + other * CHECK_PAGE / sizeof(int)), 0);
	}
}

/* Private memory comes to the place of shared memory: it meets nobody outside. */
static void made_private(void)
{
	_Atomic int *page = map_shared(FIXED, CHECK_PAGE, -1);
	pid_t pid = fork();

	if (pid == 0)
		_exit((int)futex(page, FUTEX_WAIT_OP, 0, 0, NULL, 0));
	check_await_asleep(pid);
	CHECK_EQ(wake(&page[1]), 0);
	_Atomic int *there = mremap((void *)page, CHECK_PAGE, CHECK_PAGE,
				    MREMAP_MAYMOVE | MREMAP_FIXED, FIXED + 8 * CHECK_PAGE);
	CHECK(mmap(FIXED, CHECK_PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == FIXED);
	CHECK_EQ(wake(page), 0);
	CHECK_EQ(wake(there), 1);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

/* Shared memory at an address where, before the exec, other shared memory was, however often
 * memory has moved before. */
static void after_exec(void)
{
	int fd = CHECK_OK(open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0600));
	_Atomic int *here;

	CHECK_OK(ftruncate(fd, CHECK_PAGE));
	here = map_shared(ANYWHERE, CHECK_PAGE, fd);
	for (int moves = 0; moves < MOVES_MOST; moves++) {
		start_waiter(&threads[0], here);
		pid_t pid = fork();
		if (pid == 0) {
			for (int i = 0; i < moves; i++)
				munmap((void *)map_shared(ANYWHERE, CHECK_PAGE, -1), CHECK_PAGE);
			wake(map_shared(FIXED, CHECK_PAGE, -1));
			execl("/proc/self/exe", "futex_memory", "--wake", NULL);
			_exit(99);
		}
		CHECK_EXITED(check_wait(pid, 5000), 1);
		thread_join(&threads[0]);
	}
	close(fd);
	unlink(FILE_NAME);
}

static const struct check_case cases[] = {
	CASE(moved),
	CASE(replaced),
	CASE(made_private),
	CASE_LIMIT(after_exec, 20000),
};

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--wake"))
		return wake(map_shared(FIXED, CHECK_PAGE, open(FILE_NAME, O_RDWR)));
	return CHECK_MAIN(cases, argc, argv);
}
