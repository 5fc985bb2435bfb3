/* SPDX-License-Identifier: MIT */
/*
 * Condition variables: nobody wakes before the signal, every wake-up arrives, deadlines hold on
 * both clocks, and a condition variable may be destroyed right after the broadcast that ended its
 * use.
 */
#include "pthreads.h"

#include <stdbool.h>

#define WORKERS 6

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long rounds;

/* ---- Signal and broadcast ---- */

static int tokens, waiting, through;

static void *take_token(void *number)
{
	pthread_mutex_lock(&mutex);
	waiting++;
	while (tokens == 0)
		CHECK_EQ(pthread_cond_wait(&cond, &mutex), 0);
	tokens--;
	waiting--;
	through++;
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static int locked_read(int *value)
{
	int seen;

	pthread_mutex_lock(&mutex);
	seen = *value;
	pthread_mutex_unlock(&mutex);
	return seen;
}

static void signal_wakes_one_each(void)
{
	pthread_t threads[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		threads[i] = thread_start(take_token, NULL);
	AWAIT(locked_read(&waiting) == WORKERS);
	for (int i = 1; i <= WORKERS; i++) {
		pthread_mutex_lock(&mutex);
		tokens++;
		CHECK_EQ(pthread_cond_signal(&cond), 0);
		pthread_mutex_unlock(&mutex);
		AWAIT(locked_read(&through) == i);
	}
	for (int i = 0; i < WORKERS; i++)
		thread_join(threads[i]);
	CHECK_EQ(pthread_cond_destroy(&cond), 0);
}

/* With the mutex held, and without it. */
static void broadcast_wakes_all(void)
{
	for (int held = 0; held < 2; held++) {
		pthread_t threads[WORKERS];

		through = 0;
		for (int i = 0; i < WORKERS; i++)
			threads[i] = thread_start(take_token, NULL);
		AWAIT(locked_read(&waiting) == WORKERS);
		pthread_mutex_lock(&mutex);
		tokens = WORKERS;
		if (!held)
			pthread_mutex_unlock(&mutex);
		CHECK_EQ(pthread_cond_broadcast(&cond), 0);
		if (held)
			pthread_mutex_unlock(&mutex);
		for (int i = 0; i < WORKERS; i++)
			thread_join(threads[i]);
		CHECK_EQ(through, WORKERS);
	}
}

static void nobody_waits(void)
{
	CHECK_EQ(pthread_cond_signal(&cond), 0);
	CHECK_EQ(pthread_cond_broadcast(&cond), 0);
	CHECK_EQ(pthread_cond_destroy(&cond), 0);
}

/* ---- No wake-up is lost ---- */

/* A queue of one place, between producers and consumers who signal only for each other. */
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static int place, produced, consumed;

static void *produce(void *number)
{
	unsigned state = (unsigned)(long)number + 1;

	for (long i = 0; i < rounds; i++) {
		pthread_mutex_lock(&mutex);
		while (place)
			pthread_cond_wait(&not_full, &mutex);
		place = 1;
		produced++;
		pthread_cond_signal(&not_empty);
		pthread_mutex_unlock(&mutex);
		if (chance(&state, 4) == 0)
			sched_yield();
	}
	return NULL;
}

static void *consume(void *number)
{
	unsigned state = (unsigned)(long)number + 77;

	for (long i = 0; i < rounds; i++) {
		pthread_mutex_lock(&mutex);
		while (!place)
			pthread_cond_wait(&not_empty, &mutex);
		place = 0;
		consumed++;
		pthread_mutex_unlock(&mutex);
		pthread_cond_signal(&not_full); /* without the mutex, for once */
		if (chance(&state, 4) == 0)
			sched_yield();
	}
	return NULL;
}

static void *produce_or_consume(void *number)
{
	return (long)number % 2 ? produce(number) : consume(number);
}

static void stress(void)
{
	rounds = check_env("ROUNDS", 1200);
	threads_run(WORKERS, produce_or_consume);
	CHECK_EQ(produced, WORKERS / 2 * rounds);
	CHECK_EQ(consumed, produced);
}

/* All wait for a turn that a broadcast announces; who has it takes the next. */
static long turn;

static void *take_turns(void *number)
{
	for (long mine = (long)number; mine < rounds; mine += WORKERS) {
		pthread_mutex_lock(&mutex);
		while (turn != mine)
			pthread_cond_wait(&cond, &mutex);
		turn++;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void broadcast_stress(void)
{
	rounds = check_env("ROUNDS", 1500);
	threads_run(WORKERS, take_turns);
	CHECK_EQ(turn, rounds);
}

/* ---- In the gap ---- */

static _Atomic long ready, passed;
static int flag;

static void *wait_each_round(void *argument)
{
	for (long i = 1; i <= rounds; i++) {
		pthread_mutex_lock(&mutex);
		ready = i;
		for (volatile int spin = 20000; spin > 0; spin--)
			;
		while (!flag)
			pthread_cond_wait(&cond, &mutex);
		flag = 0;
		passed = i;
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

/*
 * The signal comes just when the waiter has unlocked the mutex and does not sleep yet. That moment
 * is made long: a try with a deadline that is past marks the mutex as wanted, so unlocking it means
 * a system call, and meanwhile this thread, on another CPU, takes it.
 */
static void signal_in_the_gap(void)
{
	struct timespec past = deadline_ms(CLOCK_REALTIME, -1000);
	bool alone = cpu_count() == 1;
	pthread_t waiter;

	rounds = check_env("ROUNDS", 100);
	waiter = thread_start(wait_each_round, NULL);
	for (long i = 1; i <= rounds; i++) {
		while (ready < i)
			sched_yield();
		if (pthread_mutex_timedlock(&mutex, &past) != 0)
			while (pthread_mutex_trylock(&mutex) != 0)
				if (alone)
					sched_yield();
		flag = 1;
		pthread_cond_signal(&cond);
		pthread_mutex_unlock(&mutex);
		while (passed < i)
			sched_yield();
	}
	thread_join(waiter);
}

static int mutex_is_free(void)
{
	if (pthread_mutex_trylock(&mutex) != 0)
		return 0;
	pthread_mutex_unlock(&mutex);
	return 1;
}

static _Atomic int unlocked, signalled;

static void let_signal(void)
{
	unlocked = 1;
	while (!signalled)
		sched_yield();
}

static void *wait_step_by_step(void *argument)
{
	pthread_mutex_lock(&mutex);
	step_until(mutex_is_free, let_signal);
	while (!flag)
		pthread_cond_wait(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

/* The same to the instruction: the one that unlocks the mutex is done, and the next not begun. */
static void signal_after_the_unlock(void)
{
	pthread_t waiter = thread_start(wait_step_by_step, NULL);

	while (!unlocked)
		sched_yield();
	pthread_mutex_lock(&mutex);
	flag = 1;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	signalled = 1;
	thread_join(waiter);
}

/* ---- Deadlines ---- */

static void init_with_clock(clockid_t clock)
{
	pthread_condattr_t attr;
	clockid_t seen;

	CHECK_EQ(pthread_condattr_init(&attr), 0);
	CHECK_EQ(pthread_condattr_setclock(&attr, clock), 0);
	CHECK_EQ(pthread_condattr_getclock(&attr, &seen), 0);
	CHECK_EQ(seen, clock);
	CHECK_EQ(pthread_condattr_setclock(&attr, CLOCK_PROCESS_CPUTIME_ID), EINVAL);
	CHECK_EQ(pthread_condattr_setpshared(&attr, 99), EINVAL);
	CHECK_EQ(pthread_cond_init(&cond, &attr), 0);
	pthread_condattr_destroy(&attr);
}

static int trylock_elsewhere_result;

static void *trylock_elsewhere(void *argument)
{
	trylock_elsewhere_result = pthread_mutex_trylock(&mutex);
	return NULL;
}

static void deadline_on(clockid_t clock)
{
	struct timespec soon, past, bad;
	long long start;
	int error;

	init_with_clock(clock);
	pthread_mutex_lock(&mutex);
	start = check_now_us();
	soon = deadline_ms(clock, 40);
	past = deadline_ms(clock, -1000);
	bad = soon;
	bad.tv_nsec = 1000000000;
	while ((error = pthread_cond_timedwait(&cond, &mutex, &soon)) == 0)
		;
	CHECK_EQ(error, ETIMEDOUT);
	CHECK(check_now_us() - start >= 39000);
	CHECK_EQ(pthread_cond_timedwait(&cond, &mutex, &past), ETIMEDOUT);
	CHECK_EQ(pthread_cond_timedwait(&cond, &mutex, &bad), EINVAL);
	/* It came back with the mutex. */
	thread_join(thread_start(trylock_elsewhere, NULL));
	CHECK_EQ(trylock_elsewhere_result, EBUSY);
	pthread_mutex_unlock(&mutex);
	CHECK_EQ(pthread_cond_destroy(&cond), 0);
}

static void deadlines(void)
{
	deadline_on(CLOCK_REALTIME);
	deadline_on(CLOCK_MONOTONIC);
}

/* Some waiters give up all the time while signals arrive: each token still gets taken. */
static void *take_token_impatiently(void *number)
{
	unsigned state = (unsigned)(long)number + 1;

	for (long taken = 0; taken < rounds;) {
		struct timespec t = deadline_ms(CLOCK_REALTIME, chance(&state, 2));
		int error = 0;

		pthread_mutex_lock(&mutex);
		while (tokens == 0 && error == 0)
			error = (long)number % 2 ? pthread_cond_wait(&cond, &mutex)
						 : pthread_cond_timedwait(&cond, &mutex, &t);
		if (tokens > 0) {
			tokens--;
			taken++;
			through++;
		}
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *give_tokens(void *argument)
{
	for (long i = 0; i < rounds * WORKERS; i++) {
		pthread_mutex_lock(&mutex);
		tokens++;
		pthread_cond_signal(&cond);
		pthread_mutex_unlock(&mutex);
		if (i % 8 == 0)
			check_sleep_ms(i % 64 == 0);
	}
	return NULL;
}

static void timeouts_lose_no_signal(void)
{
	pthread_t giver;

	rounds = check_env("ROUNDS", 150);
	giver = thread_start(give_tokens, NULL);
	threads_run(WORKERS, take_token_impatiently);
	thread_join(giver);
	CHECK_EQ(through, rounds * WORKERS);
	CHECK_EQ(tokens, 0);
}

/* ---- The mutex that is not ours ---- */

static void wrong_owner(void)
{
	pthread_mutex_t checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

	CHECK_EQ(pthread_cond_wait(&cond, &checked), EPERM);
	CHECK_EQ(pthread_cond_destroy(&cond), 0);
}

/* ---- Gone right after the broadcast ---- */

static pthread_cond_t *brief;
static int inside;

static void *wait_on_the_doomed(void *argument)
{
	for (long i = 0; i < rounds; i++) {
		pthread_mutex_lock(&mutex);
		long mine = turn;
		inside++;
		pthread_cond_signal(&cond);
		while (turn == mine)
			pthread_cond_wait(brief, &mutex);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void destroyed_after_broadcast(void)
{
	pthread_t threads[3];

	rounds = rounds_for_cpus(800);
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < 3; i++)
		threads[i] = thread_start(wait_on_the_doomed, NULL);
	for (long i = 0; i < rounds; i++) {
		brief = mmap(NULL, CHECK_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
		pthread_cond_init(brief, NULL);
		while (inside < 3)
			pthread_cond_wait(&cond, &mutex);
		inside = 0;
		turn++;
		/* All are woken, none will wait again: it may go, though they still look at it. */
		pthread_cond_broadcast(brief);
		CHECK_EQ(pthread_cond_destroy(brief), 0);
		munmap(brief, CHECK_PAGE);
	}
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 3; i++)
		thread_join(threads[i]);
}

static const struct check_case cases[] = {
	CASE(signal_wakes_one_each),
	CASE(broadcast_wakes_all),
	CASE(nobody_waits),
	CASE(stress),
	CASE(broadcast_stress),
	CASE(signal_in_the_gap),
	CASE(signal_after_the_unlock),
	CASE(deadlines),
	CASE(timeouts_lose_no_signal),
	CASE(wrong_owner),
	CASE(destroyed_after_broadcast),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
