/* SPDX-License-Identifier: MIT */
/*
 * Semaphores: errors, deadlines, signals; hand-overs between two threads with random yields and
 * signals, none lost; destroyed right after the wait; and those with names, between processes.
 *
 * HANDOFFS sets the number of hand-overs (`make handoffs`: a million).
 */
#include "pthreads.h"

static sem_t sem, other;
static long rounds;

static void counts(void)
{
	int value;

	CHECK_EQ(sem_init(&sem, 0, 2), 0);
	CHECK_EQ(sem_wait(&sem), 0);
	CHECK_EQ(sem_trywait(&sem), 0);
	CHECK_ERRNO(sem_trywait(&sem), EAGAIN);
	CHECK_EQ(sem_getvalue(&sem, &value), 0);
	CHECK_EQ(value, 0);
	CHECK_EQ(sem_post(&sem), 0);
	CHECK_EQ(sem_getvalue(&sem, &value), 0);
	CHECK_EQ(value, 1);
	CHECK_EQ(sem_destroy(&sem), 0);
	CHECK_ERRNO(sem_init(&sem, 0, SEM_VALUE_MAX + 1U), EINVAL);
	CHECK_EQ(sem_init(&sem, 0, SEM_VALUE_MAX), 0);
	CHECK_ERRNO(sem_post(&sem), EOVERFLOW);
}

static void deadlines(void)
{
	long long start = check_now_us();
	struct timespec soon = deadline_ms(CLOCK_REALTIME, 40), past = {0}, bad = {0, 1000000000};

	sem_init(&sem, 0, 0);
	CHECK_ERRNO(sem_timedwait(&sem, &soon), ETIMEDOUT);
	CHECK(check_now_us() - start >= 39000);
	CHECK_ERRNO(sem_timedwait(&sem, &past), ETIMEDOUT);
	CHECK_ERRNO(sem_timedwait(&sem, &bad), EINVAL);
	soon = deadline_ms(CLOCK_MONOTONIC, 10);
	CHECK_ERRNO(sem_clockwait(&sem, CLOCK_MONOTONIC, &soon), ETIMEDOUT);
	sem_post(&sem);
	CHECK_EQ(sem_timedwait(&sem, &past), 0);
}

static void handle(int sig, siginfo_t *info, void *context)
{
}

static _Atomic pid_t tid;

static void *wait_interrupted(void *argument)
{
	tid = (pid_t)syscall(SYS_gettid);
	CHECK_ERRNO(sem_wait(&sem), EINTR);
	return NULL;
}

/* A handler with SA_RESTART does not end the wait, another does. */
static void signals(void)
{
	pthread_t thread;

	sem_init(&sem, 0, 0);
	check_handler(SIGUSR1, handle, SA_RESTART);
	check_handler(SIGUSR2, handle, 0);
	thread = thread_start(wait_interrupted, NULL);
	await_asleep(&tid);
	pthread_kill(thread, SIGUSR1);
	check_sleep_ms(5);
	await_asleep(&tid);
	pthread_kill(thread, SIGUSR2);
	thread_join(thread);
}

/* ---- Hand-overs ---- */

static _Atomic int over;

static void await(sem_t *which)
{
	while (sem_wait(which) != 0)
		CHECK_EQ(errno, EINTR);
}

static void *answer(void *argument)
{
	unsigned state = 99;

	for (long i = 0; i < rounds; i++) {
		await(&sem);
		if (chance(&state, 8) == 0)
			sched_yield();
		sem_post(&other);
	}
	over = 1;
	return NULL;
}

static void *disturb(void *threads)
{
	unsigned state = 5;

	while (!over) {
		pthread_kill(((pthread_t *)threads)[chance(&state, 2)], SIGUSR1);
		check_sleep_ms(1);
	}
	return NULL;
}

static void hand_overs(void)
{
	pthread_t threads[2], disturber;
	unsigned state = 7;
	int value;

	rounds = check_env("HANDOFFS", 48000 / (cpu_count() * cpu_count())) / 2;
	sem_init(&sem, 0, 0);
	sem_init(&other, 0, 0);
	check_handler(SIGUSR1, handle, 0);
	threads[0] = pthread_self();
	threads[1] = thread_start(answer, NULL);
	disturber = thread_start(disturb, threads);
	for (long i = 0; i < rounds; i++) {
		sem_post(&sem);
		if (chance(&state, 8) == 0)
			sched_yield();
		await(&other);
	}
	thread_join(disturber);
	thread_join(threads[1]);
	sem_getvalue(&sem, &value);
	CHECK_EQ(value, 0);
	sem_getvalue(&other, &value);
	CHECK_EQ(value, 0);
}

/* As a lock, with many that want it: one at a time, and each gets it in the end. */
static volatile long counter;

static void *count_up(void *number)
{
	for (long i = 0; i < rounds; i++) {
		long seen;

		sem_wait(&sem);
		seen = counter;
		if (i % 64 == 0)
			sched_yield();
		counter = seen + 1;
		sem_post(&sem);
	}
	return NULL;
}

static void excludes(void)
{
	rounds = check_env("ROUNDS", 1500);
	sem_init(&sem, 0, 1);
	threads_run(6, count_up);
	CHECK_EQ(counter, 6 * rounds);
}

/* ---- Gone right after the wait ---- */

static sem_t *_Atomic brief;

static void *post_the_doomed(void *argument)
{
	for (long i = 0; i < rounds; i++) {
		sem_t *mine;

		while (!(mine = brief))
			sched_yield();
		brief = NULL;
		sem_post(mine);
	}
	return NULL;
}

static void destroyed_after_wait(void)
{
	pthread_t thread;

	rounds = rounds_for_cpus(3000);
	thread = thread_start(post_the_doomed, NULL);
	for (long i = 0; i < rounds; i++) {
		sem_t *page = mmap(NULL, CHECK_PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		sem_init(page, 0, 0);
		brief = page;
		if (i % 2)
			sem_wait(page);
		else
			while (sem_trywait(page) != 0)
				sched_yield();
		sem_destroy(page);
		munmap(page, CHECK_PAGE);
	}
	thread_join(thread);
}

/* ---- Names ---- */

static const char *unique_name(void)
{
	static char name[40];

	snprintf(name, sizeof(name), "/test-%d", (int)getpid());
	return name;
}

static void names(void)
{
	const char *name = unique_name();
	sem_t *first, *again, *anew;

	CHECK(sem_open(name, 0) == SEM_FAILED && errno == ENOENT);
	first = sem_open(name, O_CREAT | O_EXCL, 0600, 3);
	CHECK(first != SEM_FAILED);
	CHECK(sem_open(name, O_CREAT | O_EXCL, 0600, 3) == SEM_FAILED && errno == EEXIST);
	again = sem_open(name, O_CREAT, 0600, 9); /* there already: the 9 is not looked at */
	CHECK(again == first);
	CHECK_EQ(sem_trywait(again), 0);
	CHECK_EQ(sem_close(again), 0);
	CHECK_EQ(sem_trywait(first), 0);
	CHECK_EQ(sem_unlink(name), 0);
	CHECK_ERRNO(sem_unlink(name), ENOENT);
	anew = sem_open(name, O_CREAT, 0600, 0);
	CHECK(anew != first);
	CHECK_EQ(sem_trywait(first), 0); /* unlinked, but open */
	CHECK_ERRNO(sem_trywait(anew), EAGAIN);
	CHECK_EQ(sem_close(first), 0);
	CHECK_EQ(sem_close(anew), 0);
	CHECK_EQ(sem_unlink(name), 0);
	CHECK(sem_open("/a/b", O_CREAT, 0600, 0) == SEM_FAILED && errno == EINVAL);
	CHECK(sem_open(name, O_CREAT, 0600, SEM_VALUE_MAX + 1U) == SEM_FAILED && errno == EINVAL);
}

/* Two processes that know nothing of each other but two names. */
static void names_between_processes(void)
{
	char there[50], back[50];
	sem_t *to, *from;
	pid_t pid;

	snprintf(there, sizeof(there), "%s-there", unique_name());
	snprintf(back, sizeof(back), "%s-back", unique_name());
	pid = fork();
	to = sem_open(pid ? there : back, O_CREAT, 0600, 0);
	from = sem_open(pid ? back : there, O_CREAT, 0600, 0);
	for (int i = 0; i < 200; i++) {
		if (pid)
			sem_post(to);
		sem_wait(from);
		if (!pid)
			sem_post(to);
	}
	if (pid == 0)
		_exit(0);
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_EQ(sem_unlink(there), 0);
	CHECK_EQ(sem_unlink(back), 0);
}

static const struct check_case cases[] = {
	CASE(counts),   CASE(deadlines),
	CASE(signals),  CASE_LIMIT(hand_overs, 14400000),
	CASE(excludes), CASE(destroyed_after_wait),
	CASE(names),    CASE(names_between_processes),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
