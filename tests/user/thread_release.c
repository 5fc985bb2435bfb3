/* SPDX-License-Identifier: MIT */
/*
 * Who lets go of a lock does not look at it any more: the next owner may have destroyed it and
 * unmapped its memory by then. Shown at every instruction of the release. Its thread is stepped
 * (trap flag, SIGTRAP), and in each step the other thread is interrupted in its wait, looks again,
 * and as soon as the object is its own, destroys and unmaps it. Both belong to one CPU, so that a
 * yield lets the other run.
 */
#include "pthreads.h"

#include <ucontext.h>

#define FLAG_TF 0x100L

struct kind {
	const char *name;
	void (*prepare)(void *object); /* makes it, and makes it ours */
	int (*release)(void *object);
	int (*take)(void *object); /* until it is ours again, and then destroys it */
};

static const struct kind *kind;
static void *_Atomic object;
static _Atomic int goes_on, gone;
static _Atomic pid_t other_tid;
static volatile int stepping;
static int steps, steps_without_it;

/* ---- The thread that releases ---- */

/* Until it sleeps again, or all is done: a few yields alone it may spend waiting for its turn. */
static void let_the_other_run(void)
{
	do
		raw_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	while (!gone && thread_state(other_tid) != 'S');
}

static void step(int sig, siginfo_t *info, void *context)
{
	greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL];

	*flags = stepping ? *flags | FLAG_TF : *flags & ~FLAG_TF;
	steps++;
	steps_without_it += gone;
	goes_on = 1;
	if (!gone)
		raw_syscall(SYS_tgkill, getpid(), other_tid, SIGUSR1, 0, 0, 0);
	let_the_other_run();
}

static void release_in_steps(void)
{
	steps = steps_without_it = 0;
	stepping = 1;
	raise(SIGTRAP); /* comes back with the flag set */
	kind->release(object);
	stepping = 0;
}

/* ---- The other one ---- */

static void interrupted(int sig, siginfo_t *info, void *context)
{
}

/* Sleeps on the object when the release begins, or comes only then. */
static void *take_and_destroy(void *comes_late)
{
	void *mine = object;

	other_tid = (pid_t)syscall(SYS_gettid);
	while (comes_late && !goes_on)
		sched_yield();
	CHECK_EQ(kind->take(mine), 0);
	CHECK_EQ(munmap(mine, CHECK_PAGE), 0);
	gone = 1;
	return NULL;
}

static void release_while(long comes_late)
{
	pthread_t other;

	object = mmap(NULL, CHECK_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	goes_on = gone = other_tid = 0;
	kind->prepare(object);
	other = thread_start(take_and_destroy, (void *)comes_late);
	if (comes_late)
		AWAIT(other_tid != 0);
	else
		await_asleep(&other_tid);
	release_in_steps();
	thread_join(other);
	/* It was gone while there was something left to do, else this has shown nothing. */
	CHECK(steps_without_it > 0);
	check_print("%s%s: %d steps, %d of them without it", kind->name,
		    comes_late ? ", the other comes late" : "", steps, steps_without_it);
}

static void released_and_gone(const struct kind *which)
{
	unsigned long first = 1;

	CHECK_EQ(raw_syscall(SYS_sched_setaffinity, 0, sizeof(first), (long)&first, 0, 0, 0), 0);
	check_handler(SIGTRAP, step, 0);
	check_handler(SIGUSR1, interrupted, 0);
	kind = which;
	release_while(0);
	release_while(1);
}

/* ---- The kinds ---- */

static void prepare_mutex(void *page)
{
	pthread_mutex_init(page, NULL);
	pthread_mutex_lock(page);
}

static int release_mutex(void *page)
{
	return pthread_mutex_unlock(page);
}

static int take_mutex(void *page)
{
	return pthread_mutex_lock(page) || pthread_mutex_unlock(page) ||
	       pthread_mutex_destroy(page);
}

static void mutex(void)
{
	released_and_gone(&(struct kind){"mutex", prepare_mutex, release_mutex, take_mutex});
}

static void prepare_semaphore(void *page)
{
	sem_init(page, 0, 0);
}

static int release_semaphore(void *page)
{
	return sem_post(page);
}

static int take_semaphore(void *page)
{
	while (sem_wait(page) != 0)
		CHECK_EQ(errno, EINTR);
	return sem_destroy(page);
}

static void semaphore(void)
{
	released_and_gone(
		&(struct kind){"semaphore", prepare_semaphore, release_semaphore, take_semaphore});
}

static void prepare_written(void *page)
{
	pthread_rwlock_init(page, NULL);
	pthread_rwlock_wrlock(page);
}

static void prepare_read(void *page)
{
	pthread_rwlock_init(page, NULL);
	pthread_rwlock_rdlock(page);
}

static int release_rwlock(void *page)
{
	return pthread_rwlock_unlock(page);
}

static int take_rwlock(void *page)
{
	return pthread_rwlock_wrlock(page) || pthread_rwlock_unlock(page) ||
	       pthread_rwlock_destroy(page);
}

static void rwlock(void)
{
	released_and_gone(
		&(struct kind){"rwlock, written", prepare_written, release_rwlock, take_rwlock});
	released_and_gone(
		&(struct kind){"rwlock, read", prepare_read, release_rwlock, take_rwlock});
}

static void prepare_barrier(void *page)
{
	pthread_barrier_init(page, NULL, 2);
}

static int release_barrier(void *page)
{
	return pthread_barrier_wait(page);
}

static int take_barrier(void *page)
{
	pthread_barrier_wait(page);
	return pthread_barrier_destroy(page);
}

static void barrier(void)
{
	released_and_gone(
		&(struct kind){"barrier", prepare_barrier, release_barrier, take_barrier});
}

static const struct check_case cases[] = {
	CASE(mutex),
	CASE(semaphore),
	CASE(rwlock),
	CASE(barrier),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
