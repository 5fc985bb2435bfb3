/* SPDX-License-Identifier: MIT */
/*
 * POSIX threads and semaphores as another C library makes them of clone and futexes. Every line
 * that is printed is the same on each run and each kernel; the tests compare them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS  600

static long counter;
static __thread int own = 5;
static __thread char own_text[32] = "initial";

static const char *name_of(int error)
{
	switch (error) {
	case 0:
		return "0";
	case EBUSY:
		return "EBUSY";
	case EDEADLK:
		return "EDEADLK";
	case EPERM:
		return "EPERM";
	case ETIMEDOUT:
		return "ETIMEDOUT";
	case EOWNERDEAD:
		return "EOWNERDEAD";
	case ENOTRECOVERABLE:
		return "ENOTRECOVERABLE";
	case EAGAIN:
		return "EAGAIN";
	case EINVAL:
		return "EINVAL";
	case ENOENT:
		return "ENOENT";
	case EEXIST:
		return "EEXIST";
	default:
		return "another error";
	}
}

static struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void join_all(pthread_t *threads, int n)
{
	for (int i = 0; i < n; i++)
		if (pthread_join(threads[i], NULL))
			printf("join failed\n");
}

/* ---- Threads ---- */

static void *square(void *argument)
{
	long n = (long)argument;

	own += (int)n;
	snprintf(own_text, sizeof(own_text), "thread %ld", n);
	sched_yield();
	if (own != 5 + n || atol(own_text + 7) != n)
		return (void *)-1L;
	return (void *)(n * n);
}

static void *deep(void *unused)
{
	char buffer[300000];

	memset(buffer, 1, sizeof(buffer));
	return (void *)(long)buffer[299999];
}

static void *nothing(void *unused)
{
	return NULL;
}

static void threads(void)
{
	pthread_t t[THREADS];
	pthread_attr_t attr;
	void *result;
	long sum = 0;
	size_t size;

	for (long i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, square, (void *)i);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i], &result);
		sum += (long)result;
	}
	printf("squares %ld, own %d %s\n", sum, own, own_text);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 512 * 1024);
	pthread_attr_getstacksize(&attr, &size);
	pthread_attr_setguardsize(&attr, 16384);
	pthread_create(&t[0], &attr, deep, NULL);
	pthread_join(t[0], &result);
	printf("stack of %zu: %ld\n", size, (long)result);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < 200; i++)
		if (pthread_create(&t[0], &attr, nothing, NULL))
			printf("detached %d failed\n", i);
	pthread_attr_destroy(&attr);
	for (int i = 0; i < 500; i++) {
		if (pthread_create(&t[0], NULL, nothing, NULL) || pthread_join(t[0], NULL))
			printf("thread %d failed\n", i);
	}
	printf("self %d\n", !!pthread_equal(pthread_self(), pthread_self()));
}

/* ---- Mutexes ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *count(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *try_lock(void *lock)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 10);
	int busy = pthread_mutex_trylock(lock), late = pthread_mutex_timedlock(lock, &soon);
	int unlock = pthread_mutex_unlock(lock);

	printf("another thread: try %s, timed %s", name_of(busy), name_of(late));
	printf(", unlock %s\n", name_of(unlock));
	return NULL;
}

static void mutexes(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t kind;
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, count, NULL);
	join_all(t, THREADS);
	printf("counted %ld\n", counter);
	pthread_mutexattr_init(&attr);
	for (int i = 0; i < 2; i++) {
		int type = i ? PTHREAD_MUTEX_ERRORCHECK : PTHREAD_MUTEX_RECURSIVE;

		pthread_mutexattr_settype(&attr, type);
		pthread_mutex_init(&kind, &attr);
		pthread_mutex_lock(&kind);
		printf("kind %d: again %s\n", i, name_of(pthread_mutex_lock(&kind)));
		pthread_create(&t[0], NULL, try_lock, &kind);
		join_all(t, 1);
		if (!i)
			pthread_mutex_unlock(&kind);
		printf("unlock %s", name_of(pthread_mutex_unlock(&kind)));
		printf(", once more %s\n", name_of(pthread_mutex_unlock(&kind)));
		pthread_mutex_destroy(&kind);
	}
	pthread_mutexattr_destroy(&attr);
}

static void *die_with_lock(void *lock)
{
	pthread_mutex_lock(lock);
	return NULL;
}

static void robust(void)
{
	pthread_mutex_t *lock =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attr;
	int ready[2];
	pthread_t t;
	pid_t pid;
	char c;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(lock, &attr);
	pthread_create(&t, NULL, die_with_lock, lock);
	pthread_join(t, NULL);
	printf("left by a thread: %s\n", name_of(pthread_mutex_lock(lock)));
	pthread_mutex_consistent(lock);
	pthread_mutex_unlock(lock);
	if (pipe(ready))
		return;
	pid = fork();
	if (pid == 0) {
		pthread_mutex_lock(lock);
		write(ready[1], "x", 1);
		usleep(20000);
		raise(SIGKILL);
	}
	read(ready[0], &c, 1);
	printf("left by a killed process: %s\n", name_of(pthread_mutex_lock(lock)));
	pthread_mutex_consistent(lock);
	pthread_mutex_unlock(lock);
	printf("consistent again: %s\n", name_of(pthread_mutex_lock(lock)));
	pthread_mutex_unlock(lock);
	waitpid(pid, NULL, 0);
	pid = fork();
	if (pid == 0) {
		pthread_mutex_lock(lock);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	printf("left by a process: %s\n", name_of(pthread_mutex_lock(lock)));
	pthread_mutex_unlock(lock);
	printf("not repaired: %s\n", name_of(pthread_mutex_lock(lock)));
}

/* ---- Conditions, barriers, read-write locks ---- */

static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static int items[4], item_count;
static long taken_sum;

static void *produce(void *unused)
{
	for (int i = 1; i <= ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		while (item_count == 4)
			pthread_cond_wait(&not_full, &mutex);
		items[item_count++] = i;
		pthread_cond_signal(&not_empty);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *consume(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		while (item_count == 0)
			pthread_cond_wait(&not_empty, &mutex);
		taken_sum += items[--item_count];
		pthread_cond_broadcast(&not_full);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void conditions(void)
{
	pthread_condattr_t attr;
	pthread_cond_t monotonic;
	struct timespec t;
	pthread_t threads[6];

	for (int i = 0; i < 6; i++)
		pthread_create(&threads[i], NULL, i % 2 ? produce : consume, NULL);
	join_all(threads, 6);
	printf("taken %ld, left %d\n", taken_sum, item_count);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&monotonic, &attr);
	pthread_mutex_lock(&mutex);
	t = in_ms(CLOCK_MONOTONIC, 20);
	printf("monotonic %s\n", name_of(pthread_cond_timedwait(&monotonic, &mutex, &t)));
	t = in_ms(CLOCK_REALTIME, 20);
	printf("realtime %s\n", name_of(pthread_cond_timedwait(&not_full, &mutex, &t)));
	pthread_mutex_unlock(&mutex);
	pthread_cond_destroy(&monotonic);
	pthread_condattr_destroy(&attr);
}

static pthread_barrier_t barrier;
static int serials, arrived[50];

static void *meet(void *unused)
{
	for (int i = 0; i < 50; i++) {
		__atomic_fetch_add(&arrived[i], 1, __ATOMIC_SEQ_CST);
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_fetch_add(&serials, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&arrived[i], __ATOMIC_SEQ_CST) != 4)
			printf("went on too early\n");
	}
	return NULL;
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long pair[2], torn;

static void *read_and_write(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		if ((i + (long)argument) % 8) {
			pthread_rwlock_rdlock(&rwlock);
			if (pair[0] != pair[1])
				torn++;
		} else {
			pthread_rwlock_wrlock(&rwlock);
			pair[0]++;
			pair[1]++;
		}
		pthread_rwlock_unlock(&rwlock);
	}
	return NULL;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialised;

static void initialise(void)
{
	usleep(2000);
	initialised++;
}

static void *use_once(void *unused)
{
	pthread_once(&once, initialise);
	return (void *)(long)initialised;
}

static void meetings(void)
{
	pthread_t t[THREADS];
	struct timespec soon;

	pthread_barrier_init(&barrier, NULL, 4);
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, meet, NULL);
	join_all(t, 4);
	pthread_barrier_destroy(&barrier);
	printf("serial threads %d\n", serials);
	for (long i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, read_and_write, (void *)i);
	join_all(t, THREADS);
	printf("pair %ld %ld, torn %ld\n", pair[0], pair[1], torn);
	pthread_rwlock_rdlock(&rwlock);
	soon = in_ms(CLOCK_REALTIME, 10);
	printf("try to write %s", name_of(pthread_rwlock_trywrlock(&rwlock)));
	printf(", to read %s", name_of(pthread_rwlock_tryrdlock(&rwlock)));
	printf(", timed %s\n", name_of(pthread_rwlock_timedwrlock(&rwlock, &soon)));
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, use_once, NULL);
	join_all(t, 4);
	printf("once %d\n", initialised);
}

/* ---- Keys, cancellation, signals ---- */

static pthread_key_t key;
static int destroyed;

static void destroy(void *value)
{
	destroyed += (int)(long)value;
	if ((long)value > 1)
		pthread_setspecific(key, (void *)((long)value - 1));
}

static void *use_key(void *value)
{
	pthread_setspecific(key, value);
	return pthread_getspecific(key);
}

static int cleaned[2];

static void clean(void *slot)
{
	*(int *)slot = 1;
}

static void *sleep_for_ever(void *unused)
{
	pthread_cleanup_push(clean, &cleaned[0]);
	pthread_cleanup_push(clean, &cleaned[1]);
	for (;;)
		pause();
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *wait_in_cond(void *unused)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push((void (*)(void *))pthread_mutex_unlock, &mutex);
	for (;;)
		pthread_cond_wait(&not_empty, &mutex);
	pthread_cleanup_pop(1);
	return NULL;
}

static void *not_now(void *unused)
{
	int old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	usleep(30000);
	pthread_setcancelstate(old, NULL);
	pthread_testcancel();
	return NULL;
}

static volatile sig_atomic_t signalled;
static pthread_t signalled_thread;

static void on_signal(int sig)
{
	signalled++;
	signalled_thread = pthread_self();
}

static void *take_signal(void *unused)
{
	while (!signalled)
		usleep(1000);
	return (void *)(long)pthread_equal(signalled_thread, pthread_self());
}

static void specials(void)
{
	void *(*const victims[])(void *) = {sleep_for_ever, wait_in_cond, not_now};
	struct sigaction action = {.sa_handler = on_signal};
	pthread_t t;
	void *result;

	pthread_key_create(&key, destroy);
	pthread_create(&t, NULL, use_key, (void *)3L);
	pthread_join(t, &result);
	printf("key %ld, destroyed %d\n", (long)result, destroyed);
	for (int i = 0; i < 3; i++) {
		pthread_create(&t, NULL, victims[i], NULL);
		usleep(10000);
		pthread_cancel(t);
		pthread_join(t, &result);
		printf("cancelled %d\n", result == PTHREAD_CANCELED);
	}
	printf("cleaned %d %d, mutex free: %s\n", cleaned[0], cleaned[1],
	       name_of(pthread_mutex_trylock(&mutex)));
	pthread_mutex_unlock(&mutex);
	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&t, NULL, take_signal, NULL);
	pthread_kill(t, SIGUSR1);
	pthread_join(t, &result);
	printf("the right thread %ld\n", (long)result);
}

/* ---- Semaphores ---- */

static sem_t full, empty;
static int cell;

static void *fill(void *unused)
{
	for (int i = 1; i <= ROUNDS; i++) {
		while (sem_wait(&empty))
			;
		cell = i;
		sem_post(&full);
	}
	return NULL;
}

static void semaphores(void)
{
	struct timespec soon;
	int value, wrong = 0;
	pthread_t t;
	sem_t *named, *shared;
	char name[32];
	pid_t pid;

	sem_init(&full, 0, 0);
	sem_init(&empty, 0, 1);
	pthread_create(&t, NULL, fill, NULL);
	for (int i = 1; i <= ROUNDS; i++) {
		while (sem_wait(&full))
			;
		wrong += cell != i;
		sem_post(&empty);
	}
	pthread_join(t, NULL);
	sem_getvalue(&empty, &value);
	printf("handed over, %d wrong, value %d\n", wrong, value);
	soon = in_ms(CLOCK_REALTIME, 10);
	printf("timed %s", sem_timedwait(&full, &soon) ? name_of(errno) : "0");
	printf(", try %s\n", sem_trywait(&full) ? name_of(errno) : "0");
	/* A name of its own: on a host two of these may run at once. */
	snprintf(name, sizeof(name), "/threads-test-%d", getpid());
	sem_unlink(name); /* what a run that was ended may have left */
	named = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
	printf("exclusive %s\n",
	       sem_open(name, O_CREAT | O_EXCL, 0600, 0) == SEM_FAILED ? name_of(errno) : "0");
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sem_init(shared, 1, 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		sem_t *again = sem_open(name, 0);

		for (int i = 0; i < 100; i++) {
			sem_post(shared);
			while (sem_wait(again))
				;
		}
		_exit(7);
	}
	for (int i = 0; i < 100; i++) {
		while (sem_wait(shared))
			;
		sem_post(named);
	}
	waitpid(pid, &value, 0);
	printf("the other process %d\n", WEXITSTATUS(value));
	sem_close(named);
	printf("unlink %d", sem_unlink(name));
	printf(", open %s\n", sem_open(name, 0) == SEM_FAILED ? name_of(errno) : "0");
}

/* ---- The end ---- */

static void *last(void *unused)
{
	usleep(10000);
	printf("the last thread prints %.3f\n", 22 / 7.0);
	exit(9);
}

int main(void)
{
	pthread_t t;

	threads();
	mutexes();
	robust();
	conditions();
	meetings();
	specials();
	semaphores();
	pthread_create(&t, NULL, last, NULL);
	pthread_exit(NULL);
}
