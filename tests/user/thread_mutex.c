/* SPDX-License-Identifier: MIT */
/*
 * Mutexes and spin locks: every type with its errors, deadlines, mutual exclusion, robustness, and
 * that a mutex may be destroyed and its memory unmapped right after another thread has unlocked it.
 */
#include "pthreads.h"

#define WORKERS 4

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_spinlock_t spin;
static volatile long counter;
static long rounds;

static void init_mutex(int type, int shared, int robust)
{
	pthread_mutexattr_t attr;

	CHECK_EQ(pthread_mutexattr_init(&attr), 0);
	CHECK_EQ(pthread_mutexattr_settype(&attr, type), 0);
	CHECK_EQ(pthread_mutexattr_setpshared(&attr, shared), 0);
	CHECK_EQ(pthread_mutexattr_setrobust(&attr, robust), 0);
	CHECK_EQ(pthread_mutex_init(&mutex, &attr), 0);
	CHECK_EQ(pthread_mutexattr_destroy(&attr), 0);
}

static int (*elsewhere_function)(pthread_mutex_t *);

static void *run_elsewhere(void *argument)
{
	return (void *)(long)elsewhere_function(&mutex);
}

/* Runs one function on another thread and returns what it returned. */
static int elsewhere(int (*function)(pthread_mutex_t *))
{
	elsewhere_function = function;
	return (int)(long)thread_join(thread_start(run_elsewhere, NULL));
}

/* ---- One at a time ---- */

static void increment(void)
{
	long seen = counter;

	if (seen % 64 == 0)
		sched_yield();
	counter = seen + 1;
}

static void *without_lock(void *number)
{
	for (long i = 0; i < rounds; i++)
		increment();
	return NULL;
}

static void *with_mutex(void *number)
{
	for (long i = 0; i < rounds; i++) {
		pthread_mutex_lock(&mutex);
		increment();
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *with_trylock(void *number)
{
	for (long i = 0; i < rounds; i++) {
		while (pthread_mutex_trylock(&mutex) != 0)
			sched_yield();
		increment();
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *with_timedlock(void *number)
{
	struct timespec far = deadline_ms(CLOCK_REALTIME, check_limit(60000));

	for (long i = 0; i < rounds; i++) {
		CHECK_EQ(pthread_mutex_timedlock(&mutex, &far), 0);
		increment();
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *with_spin(void *number)
{
	for (long i = 0; i < rounds; i++) {
		pthread_spin_lock(&spin);
		increment();
		pthread_spin_unlock(&spin);
	}
	return NULL;
}

static void count(void *(*fn)(void *))
{
	counter = 0;
	threads_run(WORKERS, fn);
}

static void counts_lost_without_lock(void)
{
	int lost = 0;

	/* Until they run at the same time, however late the host lets the last one begin. */
	for (rounds = 2000; !lost && rounds < 2000L << 10; rounds *= 2) {
		count(without_lock);
		lost = counter < WORKERS * rounds;
	}
	CHECK(lost);
}

static void no_count_lost(void)
{
	static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
				    PTHREAD_MUTEX_ERRORCHECK};

	rounds = check_env("ROUNDS", 1500);
	for (size_t i = 0; i < COUNT(types); i++) {
		init_mutex(types[i], PTHREAD_PROCESS_PRIVATE, PTHREAD_MUTEX_STALLED);
		count(with_mutex);
		CHECK_EQ(counter, WORKERS * rounds);
		CHECK_EQ(pthread_mutex_destroy(&mutex), 0);
	}
	init_mutex(PTHREAD_MUTEX_NORMAL, PTHREAD_PROCESS_SHARED, PTHREAD_MUTEX_ROBUST);
	count(with_mutex);
	CHECK_EQ(counter, WORKERS * rounds);
	init_mutex(PTHREAD_MUTEX_NORMAL, PTHREAD_PROCESS_PRIVATE, PTHREAD_MUTEX_STALLED);
	count(with_trylock);
	CHECK_EQ(counter, WORKERS * rounds);
	count(with_timedlock);
	CHECK_EQ(counter, WORKERS * rounds);
}

static void spin_locks(void)
{
	rounds = check_env("ROUNDS", 1500);
	CHECK_EQ(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE), 0);
	count(with_spin);
	CHECK_EQ(counter, WORKERS * rounds);
	CHECK_EQ(pthread_spin_trylock(&spin), 0);
	CHECK_EQ(pthread_spin_trylock(&spin), EBUSY);
	CHECK_EQ(pthread_spin_unlock(&spin), 0);
	CHECK_EQ(pthread_spin_destroy(&spin), 0);
}

/* ---- Types and errors ---- */

static void attributes(void)
{
	pthread_mutexattr_t attr;
	int value;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_gettype(&attr, &value);
	CHECK_EQ(value, PTHREAD_MUTEX_DEFAULT);
	CHECK_EQ(pthread_mutexattr_settype(&attr, 99), EINVAL);
	CHECK_EQ(pthread_mutexattr_setpshared(&attr, 99), EINVAL);
	CHECK_EQ(pthread_mutexattr_setrobust(&attr, 99), EINVAL);
	CHECK_EQ(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST), 0);
	CHECK_EQ(pthread_mutexattr_getrobust(&attr, &value), 0);
	CHECK_EQ(value, PTHREAD_MUTEX_ROBUST);
}

static void normal(void)
{
	CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	CHECK_EQ(pthread_mutex_trylock(&mutex), EBUSY);
	CHECK_EQ(elsewhere(pthread_mutex_trylock), EBUSY);
	CHECK_EQ(pthread_mutex_destroy(&mutex), EBUSY);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	CHECK_EQ(pthread_mutex_consistent(&mutex), EINVAL);
	CHECK_EQ(pthread_mutex_destroy(&mutex), 0);
}

static void recursive(void)
{
	init_mutex(PTHREAD_MUTEX_RECURSIVE, 0, 0);
	CHECK_EQ(pthread_mutex_unlock(&mutex), EPERM);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(i % 2 ? pthread_mutex_trylock(&mutex) : pthread_mutex_lock(&mutex), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(elsewhere(pthread_mutex_trylock), EBUSY);
		CHECK_EQ(elsewhere(pthread_mutex_unlock), EPERM);
		CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	}
	CHECK_EQ(pthread_mutex_unlock(&mutex), EPERM);
	CHECK_EQ(pthread_mutex_trylock(&mutex), 0);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
}

static void errorcheck(void)
{
	struct timespec soon = deadline_ms(CLOCK_REALTIME, 1000);

	init_mutex(PTHREAD_MUTEX_ERRORCHECK, 0, 0);
	CHECK_EQ(pthread_mutex_unlock(&mutex), EPERM);
	CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	CHECK_EQ(pthread_mutex_lock(&mutex), EDEADLK);
	CHECK_EQ(pthread_mutex_timedlock(&mutex, &soon), EDEADLK);
	CHECK_EQ(pthread_mutex_trylock(&mutex), EBUSY);
	CHECK_EQ(elsewhere(pthread_mutex_unlock), EPERM);
	CHECK_EQ(elsewhere(pthread_mutex_trylock), EBUSY);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	CHECK_EQ(pthread_mutex_unlock(&mutex), EPERM);
}

static void initialisers(void)
{
	static pthread_mutex_t recursive_one = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
	static pthread_mutex_t checked_one = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

	CHECK_EQ(pthread_mutex_lock(&recursive_one), 0);
	CHECK_EQ(pthread_mutex_lock(&recursive_one), 0);
	CHECK_EQ(pthread_mutex_lock(&checked_one), 0);
	CHECK_EQ(pthread_mutex_lock(&checked_one), EDEADLK);
}

/* ---- Deadlines ---- */

static void *wait_in_vain(void *clock)
{
	clockid_t id = (clockid_t)(long)clock;
	long long start = check_now_us(), took;
	struct timespec soon = deadline_ms(id, 40), past = deadline_ms(id, -5), bad = soon;

	CHECK_EQ(pthread_mutex_clocklock(&mutex, id, &soon), ETIMEDOUT);
	took = check_now_us() - start;
	CHECK(took >= 39000);
	CHECK_EQ(pthread_mutex_clocklock(&mutex, id, &past), ETIMEDOUT);
	bad.tv_nsec = 1000000000;
	CHECK_EQ(pthread_mutex_clocklock(&mutex, id, &bad), EINVAL);
	bad.tv_nsec = -1;
	CHECK_EQ(pthread_mutex_clocklock(&mutex, id, &bad), EINVAL);
	return NULL;
}

static void deadlines(void)
{
	struct timespec past = {0};

	CHECK_EQ(pthread_mutex_timedlock(&mutex, &past), 0); /* free: no deadline is looked at */
	thread_join(thread_start(wait_in_vain, (void *)CLOCK_REALTIME));
	thread_join(thread_start(wait_in_vain, (void *)CLOCK_MONOTONIC));
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	CHECK_EQ(elsewhere(pthread_mutex_trylock), 0);
}

static _Atomic pid_t waiter_tid;

static void *wait_and_unlock(void *argument)
{
	waiter_tid = (pid_t)syscall(SYS_gettid);
	CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	counter++;
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	return NULL;
}

static void ignore_it(int sig, siginfo_t *info, void *context)
{
}

/* A lock is not a call that signals interrupt; and unlocking wakes the sleepers, all in the end. */
static void sleepers_and_signals(void)
{
	pthread_t threads[3];

	check_handler(SIGUSR1, ignore_it, 0);
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < 3; i++) {
		waiter_tid = 0;
		threads[i] = thread_start(wait_and_unlock, NULL);
		await_asleep(&waiter_tid);
		pthread_kill(threads[i], SIGUSR1);
	}
	check_sleep_ms(10);
	CHECK_EQ(counter, 0);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 3; i++)
		thread_join(threads[i]);
	CHECK_EQ(counter, 3);
}

/* ---- Gone right after the unlock ---- */

static pthread_mutex_t *_Atomic brief;
static _Atomic int handed;

/* Unlocks a mutex that the other thread destroys as soon as it gets it. */
static void *unlock_the_doomed(void *argument)
{
	for (long i = 0; i < rounds; i++) {
		while (!brief)
			sched_yield();
		pthread_mutex_t *mine = brief;
		pthread_mutex_lock(mine);
		handed = 1;
		for (unsigned state = (unsigned)i + 1, n = chance(&state, 300); n > 0; n--)
			__asm__ volatile("");
		brief = NULL;
		pthread_mutex_unlock(mine);
	}
	return NULL;
}

static void destroyed_after_unlock(void)
{
	pthread_t thread;

	rounds = rounds_for_cpus(3000);
	thread = thread_start(unlock_the_doomed, NULL);
	for (long i = 0; i < rounds; i++) {
		pthread_mutex_t *page = mmap(NULL, CHECK_PAGE, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		pthread_mutex_init(page, NULL);
		handed = 0;
		brief = page;
		while (!handed)
			sched_yield();
		pthread_mutex_lock(page);
		pthread_mutex_unlock(page);
		CHECK_EQ(pthread_mutex_destroy(page), 0);
		munmap(page, CHECK_PAGE);
	}
	thread_join(thread);
}

/* ---- Robust ---- */

static void *die_with_it(void *argument)
{
	CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	return NULL;
}

static void robust_thread(void)
{
	init_mutex(PTHREAD_MUTEX_NORMAL, 0, PTHREAD_MUTEX_ROBUST);
	thread_join(thread_start(die_with_it, NULL));
	CHECK_EQ(pthread_mutex_lock(&mutex), EOWNERDEAD);
	CHECK_EQ(elsewhere(pthread_mutex_trylock), EBUSY);
	CHECK_EQ(pthread_mutex_consistent(&mutex), 0);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	CHECK_EQ(elsewhere(pthread_mutex_unlock), EPERM);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);

	thread_join(thread_start(die_with_it, NULL));
	CHECK_EQ(pthread_mutex_trylock(&mutex), EOWNERDEAD);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0); /* not made consistent: useless from now on */
	CHECK_EQ(pthread_mutex_lock(&mutex), ENOTRECOVERABLE);
	CHECK_EQ(elsewhere(pthread_mutex_trylock), ENOTRECOVERABLE);
	CHECK_EQ(pthread_mutex_destroy(&mutex), 0);
}

static void *die_detached(void *argument)
{
	pthread_detach(pthread_self());
	CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	counter = 1;
	check_sleep_ms(20);
	return NULL;
}

/* The dead owner's stack is unmapped, and a thread sleeps on the mutex. */
static void robust_detached(void)
{
	init_mutex(PTHREAD_MUTEX_NORMAL, 0, PTHREAD_MUTEX_ROBUST);
	thread_start(die_detached, NULL);
	AWAIT(counter);
	CHECK_EQ(pthread_mutex_lock(&mutex), EOWNERDEAD);
}

struct shared_mutexes {
	pthread_mutex_t mutex[3];
	_Atomic int locked;
};

/* The owner is a process that is killed; it holds several. */
static void robust_process(void)
{
	struct shared_mutexes *shared = check_shared(sizeof(*shared));
	pthread_mutexattr_t attr;
	pid_t pid;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	for (int i = 0; i < 3; i++)
		pthread_mutex_init(&shared->mutex[i], &attr);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 3; i++)
			pthread_mutex_lock(&shared->mutex[i]);
		pthread_mutex_unlock(&shared->mutex[1]);
		shared->locked = 1;
		for (;;)
			pause();
	}
	AWAIT(shared->locked);
	CHECK_EQ(pthread_mutex_trylock(&shared->mutex[0]), EBUSY);
	kill(pid, SIGKILL);
	CHECK_EQ(pthread_mutex_lock(&shared->mutex[0]), EOWNERDEAD);
	CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
	CHECK_EQ(pthread_mutex_lock(&shared->mutex[1]), 0);
	CHECK_EQ(pthread_mutex_lock(&shared->mutex[2]), EOWNERDEAD);
}

static const struct check_case cases[] = {
	CASE(counts_lost_without_lock),
	CASE(no_count_lost),
	CASE(spin_locks),
	CASE(attributes),
	CASE(normal),
	CASE(recursive),
	CASE(errorcheck),
	CASE(initialisers),
	CASE(deadlines),
	CASE(sleepers_and_signals),
	CASE(destroyed_after_unlock),
	CASE(robust_thread),
	CASE(robust_detached),
	CASE(robust_process),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
