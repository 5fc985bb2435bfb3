/* SPDX-License-Identifier: MIT */
/*
 * What each thread has of its own: `__thread` variables, errno, values of keys with destructors.
 * And what is done once for all.
 */
#include "pthreads.h"

#define WORKERS 4

/* ---- Variables ---- */

static __thread int initialised = 1234;
static __thread int zero;
static __thread char text[] = "each its own";
static __thread __attribute__((aligned(64))) char aligned[3];
__thread long global_one = -1;

static pthread_barrier_t all_there;

static void *variables(void *number)
{
	long n = (long)number;

	CHECK_EQ(initialised, 1234);
	CHECK_EQ(zero, 0);
	CHECK_STR(text, "each its own");
	CHECK_EQ((uintptr_t)aligned % 64, 0);
	CHECK_EQ(global_one, -1);
	initialised = zero = (int)n;
	global_one = n;
	text[0] = (char)('0' + n);
	errno = (int)n;
	pthread_barrier_wait(&all_there);
	for (int i = 0; i < 20; i++)
		sched_yield();
	CHECK_EQ(errno, n);
	CHECK_EQ(initialised, n);
	CHECK_EQ(zero, n);
	CHECK_EQ(global_one, n);
	CHECK_EQ(text[0], '0' + n);
	return &initialised;
}

static void variables_apart(void)
{
	pthread_barrier_init(&all_there, NULL, WORKERS);
	zero = 99;
	errno = 98;
	threads_run(WORKERS, variables);
	CHECK_EQ(errno, 98);
	CHECK_EQ(zero, 99);
	CHECK_EQ(initialised, 1234);
	threads_run(WORKERS,
		    variables); /* new threads: as initialised, whatever was there before */
}

/* A stack of the program's own that has no room for its variables is refused, and what lies below
 * it stays as it is. */
static __thread char large[20000];
static char memory[3][16384] __attribute__((aligned(64)));

static void *use_large(void *argument)
{
	large[sizeof(large) - 1] = 1;
	return large;
}

static void no_room_for_variables(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	memset(memory, 'x', sizeof(memory));
	pthread_attr_init(&attr);
	CHECK_EQ(pthread_attr_setstack(&attr, memory[1], sizeof(memory[1])), 0);
	CHECK_EQ(pthread_create(&thread, &attr, use_large, NULL), EINVAL);
	CHECK(memchr(memory, 0, sizeof(memory)) == NULL); /* a thread's begin zeroed */
	CHECK_EQ(pthread_attr_setstack(&attr, memory[0], sizeof(memory)), 0);
	CHECK_EQ(pthread_create(&thread, &attr, use_large, NULL), 0);
	CHECK(thread_join(thread) != NULL);
}

/* A failing call sets the errno of who made it. */
static void *fail_often(void *number)
{
	int expected = (long)number % 2 ? EBADF : ENOENT;

	for (int i = 0; i < 300; i++) {
		if ((long)number % 2)
			close(-1);
		else
			access("/no/such/file", F_OK);
		if (errno != expected)
			CHECK_EQ(errno, expected);
	}
	return NULL;
}

static void errno_apart(void)
{
	threads_run(WORKERS, fail_often);
}

/* ---- Keys ---- */

static pthread_key_t key, stubborn;
static _Atomic int destroyed, again;

static void destroy(void *value)
{
	CHECK(pthread_getspecific(key) == NULL);
	destroyed += (int)(long)value;
}

/* Sets its value anew each time. */
static void destroy_stubbornly(void *value)
{
	again++;
	pthread_setspecific(stubborn, value);
}

static void *use_keys(void *number)
{
	long value = (long)number + 1;

	CHECK(pthread_getspecific(key) == NULL);
	CHECK_EQ(pthread_setspecific(key, (void *)value), 0);
	sched_yield();
	CHECK_EQ((long)pthread_getspecific(key), value);
	if (value == 1)
		pthread_setspecific(stubborn, "x");
	return NULL;
}

static void keys(void)
{
	CHECK_EQ(pthread_key_create(&key, destroy), 0);
	CHECK_EQ(pthread_key_create(&stubborn, destroy_stubbornly), 0);
	threads_run(WORKERS, use_keys);
	CHECK_EQ(destroyed, 1 + 2 + 3 + 4);
	CHECK_EQ(again, PTHREAD_DESTRUCTOR_ITERATIONS);
	CHECK(pthread_getspecific(key) == NULL);
	CHECK_EQ(pthread_setspecific(key, (void *)7), 0);

	/* Deleted: no destructor any more; created anew: NULL everywhere. */
	CHECK_EQ(pthread_key_delete(key), 0);
	CHECK_EQ(pthread_setspecific(key, (void *)7), EINVAL);
	CHECK_EQ(pthread_key_delete(key), EINVAL);
	CHECK_EQ(pthread_key_create(&key, NULL), 0);
	CHECK(pthread_getspecific(key) == NULL);
}

static void keys_run_out(void)
{
	pthread_key_t all[PTHREAD_KEYS_MAX + 1];
	int count = 0, error;

	while (count <= PTHREAD_KEYS_MAX && (error = pthread_key_create(&all[count], NULL)) == 0)
		count++;
	CHECK_EQ(error, EAGAIN);
	CHECK_RANGE(count, 120, PTHREAD_KEYS_MAX);
	for (int i = 0; i < count; i++)
		CHECK_EQ(pthread_key_delete(all[i]), 0);
	CHECK_EQ(pthread_key_create(&key, NULL), 0);
}

/* ---- Once ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Atomic int begun, passed, finished;
static _Atomic pid_t callers[WORKERS];

/* All who call, but for the one that initialises: they wait for it. */
static int others_asleep(void)
{
	pid_t self = (pid_t)syscall(SYS_gettid);

	for (int i = 0; i < WORKERS; i++)
		if (!callers[i] || (callers[i] != self && !stays_asleep(callers[i])))
			return 0;
	return 1;
}

static void initialise(void)
{
	begun++;
	AWAIT(passed || others_asleep());
	finished++;
}

static void *call_once(void *number)
{
	callers[(long)number] = (pid_t)syscall(SYS_gettid);
	CHECK_EQ(pthread_once(&once, initialise), 0);
	passed++;
	CHECK_EQ(finished, 1);
	return NULL;
}

static void once_for_all(void)
{
	threads_run(WORKERS, call_once);
	CHECK_EQ(begun, 1);
	CHECK_EQ(pthread_once(&once, initialise), 0);
	CHECK_EQ(begun, 1);
}

static void begin_and_be_cancelled(void)
{
	if (begun++ == 0)
		for (;;)
			pause();
	finished++;
}

static void *call_cancelled(void *tid)
{
	if (tid)
		*(_Atomic pid_t *)tid = (pid_t)syscall(SYS_gettid);
	pthread_once(&once, begin_and_be_cancelled);
	return NULL;
}

/* Whoever is cancelled in the middle has not initialised: the next one does. */
static void once_cancelled(void)
{
	static _Atomic pid_t tid;
	pthread_t first = thread_start(call_cancelled, NULL), second;

	AWAIT(begun == 1);
	second = thread_start(call_cancelled, (void *)&tid);
	await_asleep(&tid);
	pthread_cancel(first);
	CHECK(thread_join(first) == PTHREAD_CANCELED);
	CHECK(thread_join(second) == NULL);
	CHECK_EQ(begun, 2);
	CHECK_EQ(finished, 1);
}

static const struct check_case cases[] = {
	CASE(variables_apart), CASE(no_room_for_variables), CASE(errno_apart),    CASE(keys),
	CASE(keys_run_out),    CASE(once_for_all),          CASE(once_cancelled),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
