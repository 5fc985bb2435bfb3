/* SPDX-License-Identifier: MIT */
/*
 * Read-write locks: readers together, a writer alone, neither side starved. Barriers: nobody passes
 * early, in no round, and they may be destroyed right after.
 */
#include "pthreads.h"

#define WORKERS 4

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static long rounds;

/* ---- Read-write locks ---- */

static volatile long a, b; /* equal whenever nobody writes */
static _Atomic int readers;

static void *read_and_write(void *number)
{
	unsigned state = (unsigned)(long)number + 1;

	for (long i = 0; i < rounds; i++) {
		if (chance(&state, 3) == 0) {
			CHECK_EQ(pthread_rwlock_wrlock(&lock), 0);
			a++;
			if (i % 16 == 0)
				sched_yield();
			b++;
		} else {
			CHECK_EQ(pthread_rwlock_rdlock(&lock), 0);
			if (a != b)
				CHECK_EQ(a, b);
			if (i % 16 == 0)
				sched_yield();
		}
		CHECK_EQ(pthread_rwlock_unlock(&lock), 0);
	}
	return NULL;
}

static void *only_write(void *number)
{
	for (long i = 0; i < rounds; i++) {
		pthread_rwlock_wrlock(&lock);
		long seen = a;
		if (i % 64 == 0)
			sched_yield();
		a = seen + 1;
		pthread_rwlock_unlock(&lock);
	}
	return NULL;
}

static void excludes(void)
{
	rounds = check_env("ROUNDS", 2000);
	threads_run(WORKERS, read_and_write);
	CHECK_EQ(a, b);
	a = 0;
	threads_run(WORKERS, only_write);
	CHECK_EQ(a, WORKERS * rounds);
	CHECK_EQ(pthread_rwlock_destroy(&lock), 0);
}

static void *read_together(void *number)
{
	pthread_rwlock_rdlock(&lock);
	readers++;
	AWAIT(readers == WORKERS); /* only if all hold it at once */
	pthread_rwlock_unlock(&lock);
	return NULL;
}

static void readers_share(void)
{
	threads_run(WORKERS, read_together);
}

/* ---- Nobody starves ---- */

static _Atomic int written, stop;
static _Atomic pid_t tid;

/* Holds the lock for reading nearly always, overlapping with the others. */
static void *read_always(void *number)
{
	while (!stop) {
		pthread_rwlock_rdlock(&lock);
		check_sleep_ms(2);
		pthread_rwlock_unlock(&lock);
	}
	return NULL;
}

static void *write_some(void *number)
{
	for (int i = 0; i < 5; i++) {
		pthread_rwlock_wrlock(&lock);
		written++;
		pthread_rwlock_unlock(&lock);
	}
	return NULL;
}

/* Linux's default lets readers pass, so there it may starve for long. */
static void writer_not_starved(void)
{
	pthread_t threads[WORKERS], writer;
	struct timespec limit = deadline_ms(CLOCK_REALTIME, check_limit(8000));

	if (!on_tarae())
		return;
	for (long i = 0; i < WORKERS; i++) {
		threads[i] = thread_start(read_always, (void *)i);
		check_sleep_ms(1);
	}
	writer = thread_start(write_some, NULL);
	CHECK_EQ(pthread_timedjoin_np(writer, NULL, &limit), 0);
	CHECK_EQ(written, 5);
	stop = 1;
	for (int i = 0; i < WORKERS; i++)
		thread_join(threads[i]);
}

static void *write_always(void *number)
{
	while (!stop) {
		pthread_rwlock_wrlock(&lock);
		check_sleep_ms(2);
		pthread_rwlock_unlock(&lock);
	}
	return NULL;
}

static void *read_some(void *number)
{
	for (int i = 0; i < 5; i++) {
		pthread_rwlock_rdlock(&lock);
		pthread_rwlock_unlock(&lock);
	}
	return NULL;
}

static void reader_not_starved(void)
{
	struct timespec limit = deadline_ms(CLOCK_REALTIME, check_limit(8000));
	pthread_t threads[WORKERS], reader;

	for (long i = 0; i < WORKERS; i++)
		threads[i] = thread_start(write_always, (void *)i);
	check_sleep_ms(10);
	reader = thread_start(read_some, NULL);
	CHECK_EQ(pthread_timedjoin_np(reader, NULL, &limit), 0);
	stop = 1;
	for (int i = 0; i < WORKERS; i++)
		thread_join(threads[i]);
}

static void *write_once(void *argument)
{
	tid = (pid_t)syscall(SYS_gettid);
	CHECK_EQ(pthread_rwlock_wrlock(&lock), 0);
	CHECK_EQ(pthread_rwlock_unlock(&lock), 0);
	return NULL;
}

static void *try_read(void *argument)
{
	int error = pthread_rwlock_tryrdlock(&lock);

	if (!error)
		pthread_rwlock_unlock(&lock);
	return (void *)(long)error;
}

/* New readers wait behind a writer; one that holds a lock already does not. */
static void reader_again(void)
{
	pthread_t writer;

	CHECK_EQ(pthread_rwlock_rdlock(&lock), 0);
	writer = thread_start(write_once, NULL);
	await_asleep(&tid);
	if (on_tarae())
		CHECK_EQ((long)thread_join(thread_start(try_read, NULL)), EBUSY);
	CHECK_EQ(pthread_rwlock_rdlock(&lock), 0);
	CHECK_EQ(pthread_rwlock_unlock(&lock), 0);
	CHECK_EQ(pthread_rwlock_unlock(&lock), 0);
	thread_join(writer);
}

static void *give_up_writing(void *argument)
{
	struct timespec soon = deadline_ms(CLOCK_REALTIME, 60);

	tid = (pid_t)syscall(SYS_gettid);
	CHECK_EQ(pthread_rwlock_timedwrlock(&lock, &soon), ETIMEDOUT);
	return NULL;
}

/* A writer that gives up lets those in that waited only for it. */
static void writer_gives_up(void)
{
	pthread_t writer, reader;
	struct timespec limit = deadline_ms(CLOCK_REALTIME, check_limit(8000));

	CHECK_EQ(pthread_rwlock_rdlock(&lock), 0);
	writer = thread_start(give_up_writing, NULL);
	AWAIT(tid != 0);
	/* Or it has given up already, when the host let us wait. */
	AWAIT(thread_state(tid) == 'S' || thread_state(tid) == 0);
	reader = thread_start(read_some, NULL);
	CHECK_EQ(pthread_timedjoin_np(reader, NULL, &limit), 0);
	thread_join(writer);
	CHECK_EQ(pthread_rwlock_unlock(&lock), 0);
	CHECK_EQ(pthread_rwlock_destroy(&lock), 0);
}

/* ---- Errors ---- */

static void *errors_elsewhere(void *held_for_writing)
{
	struct timespec soon = deadline_ms(CLOCK_REALTIME, 20), bad = {0, -1};

	if (held_for_writing) {
		CHECK_EQ(pthread_rwlock_tryrdlock(&lock), EBUSY);
		CHECK_EQ(pthread_rwlock_timedrdlock(&lock, &soon), ETIMEDOUT);
		CHECK_EQ(pthread_rwlock_timedrdlock(&lock, &bad), EINVAL);
		if (on_tarae())
			CHECK_EQ(pthread_rwlock_unlock(&lock), EPERM);
	}
	CHECK_EQ(pthread_rwlock_trywrlock(&lock), EBUSY);
	CHECK_EQ(pthread_rwlock_timedwrlock(&lock, &soon), ETIMEDOUT);
	CHECK_EQ(pthread_rwlock_timedwrlock(&lock, &bad), EINVAL);
	return NULL;
}

static void rwlock_errors(void)
{
	pthread_rwlockattr_t attr;

	CHECK_EQ(pthread_rwlockattr_init(&attr), 0);
	CHECK_EQ(pthread_rwlockattr_setpshared(&attr, 99), EINVAL);
	CHECK_EQ(pthread_rwlock_init(&lock, &attr), 0);
	CHECK_EQ(pthread_rwlock_wrlock(&lock), 0);
	CHECK_EQ(pthread_rwlock_wrlock(&lock), EDEADLK);
	CHECK_EQ(pthread_rwlock_rdlock(&lock), EDEADLK);
	CHECK_EQ(pthread_rwlock_trywrlock(&lock), EBUSY);
	thread_join(thread_start(errors_elsewhere, (void *)1));
	if (on_tarae())
		CHECK_EQ(pthread_rwlock_destroy(&lock), EBUSY);
	CHECK_EQ(pthread_rwlock_unlock(&lock), 0);
	if (on_tarae())
		CHECK_EQ(pthread_rwlock_unlock(&lock), EPERM);
	CHECK_EQ(pthread_rwlock_rdlock(&lock), 0);
	thread_join(thread_start(errors_elsewhere, NULL));
	CHECK_EQ(pthread_rwlock_unlock(&lock), 0);
	CHECK_EQ(pthread_rwlock_destroy(&lock), 0);
}

/* ---- Barriers ---- */

static _Atomic long arrived, serials;

static void *pass_rounds(void *number)
{
	unsigned state = (unsigned)(long)number + 1;

	for (long i = 0; i < rounds; i++) {
		int result;

		if (chance(&state, 4) == 0)
			sched_yield();
		arrived++;
		result = pthread_barrier_wait(&barrier);
		if (arrived < (i + 1) * WORKERS)
			CHECK(arrived >= (i + 1) * WORKERS);
		if (result == PTHREAD_BARRIER_SERIAL_THREAD)
			serials++;
		else
			CHECK_EQ(result, 0);
	}
	return NULL;
}

static void barrier_rounds(void)
{
	rounds = rounds_for_cpus(1600);
	CHECK_EQ(pthread_barrier_init(&barrier, NULL, 0), EINVAL);
	CHECK_EQ(pthread_barrier_init(&barrier, NULL, WORKERS), 0);
	threads_run(WORKERS, pass_rounds);
	CHECK_EQ(serials, rounds);
	CHECK_EQ(pthread_barrier_destroy(&barrier), 0);
}

/* More threads than the barrier takes: each round lets some through, none is forgotten. Those who
 * are left over at the end must be whole rounds, so arrivals are counted out. */
static void *pass_any_round(void *number)
{
	while (arrived++ < rounds)
		pthread_barrier_wait(&barrier);
	return NULL;
}

static void barrier_oversubscribed(void)
{
	rounds = 2 * rounds_for_cpus(1000);
	CHECK_EQ(pthread_barrier_init(&barrier, NULL, 2), 0);
	threads_run(2 * WORKERS, pass_any_round);
}

static pthread_barrier_t *_Atomic brief;
static _Atomic long served;

/* Whoever is the serial one destroys the barrier at once; the other may still be inside. */
static void *pass_and_destroy(void *number)
{
	for (long i = 0; i < rounds; i++) {
		while (served != i)
			sched_yield();
		pthread_barrier_t *mine = brief;
		if (pthread_barrier_wait(mine) == PTHREAD_BARRIER_SERIAL_THREAD) {
			pthread_barrier_t *next = mmap(NULL, CHECK_PAGE, PROT_READ | PROT_WRITE,
						       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			CHECK_EQ(pthread_barrier_destroy(mine), 0);
			munmap(mine, CHECK_PAGE);
			pthread_barrier_init(next, NULL, 2);
			brief = next;
			served = i + 1;
		}
	}
	return NULL;
}

static void barrier_destroyed_at_once(void)
{
	pthread_barrier_t *first =
		mmap(NULL, CHECK_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	rounds = rounds_for_cpus(1600);
	pthread_barrier_init(first, NULL, 2);
	brief = first;
	threads_run(2, pass_and_destroy);
}

static const struct check_case cases[] = {
	CASE(excludes),
	CASE(readers_share),
	CASE(writer_not_starved),
	CASE(reader_not_starved),
	CASE(reader_again),
	CASE(writer_gives_up),
	CASE(rwlock_errors),
	CASE(barrier_rounds),
	CASE(barrier_oversubscribed),
	CASE(barrier_destroyed_at_once),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
