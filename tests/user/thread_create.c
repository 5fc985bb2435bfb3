/* SPDX-License-Identifier: MIT */
/*
 * Threads begin, end, are joined and detached; their stacks, attributes and names; how the process
 * ends with them. Misuse is told, not suffered.
 */
#include "pthreads.h"

static void *add_one(void *argument)
{
	return (char *)argument + 1;
}

static void *end_by_exit(void *argument)
{
	pthread_exit(argument);
}

static void results(void)
{
	CHECK_EQ((long)thread_join(thread_start(add_one, (void *)41)), 42);
	CHECK_EQ((long)thread_join(thread_start(end_by_exit, (void *)7)), 7);
	CHECK_EQ(pthread_join(thread_start(add_one, NULL), NULL), 0);
}

static _Atomic pid_t sleeper_tid;
static _Atomic int release;

/* Ends when told to. */
static void *wait_for_release(void *argument)
{
	sleeper_tid = (pid_t)syscall(SYS_gettid);
	while (!release)
		check_sleep_ms(1);
	return argument;
}

static _Atomic pid_t joiner_tid;

static void *join_that(void *thread)
{
	joiner_tid = (pid_t)syscall(SYS_gettid);
	return (void *)(long)pthread_join(*(pthread_t *)thread, NULL);
}

static void join_misuse(void)
{
	pthread_t target = thread_start(wait_for_release, NULL), other;

	CHECK_EQ(pthread_join(pthread_self(), NULL), EDEADLK);
	other = thread_start(join_that, &target);
	if (on_tarae()) { /* POSIX names no error; glibc may wait for ever */
		await_asleep(&joiner_tid);
		CHECK_EQ(pthread_join(target, NULL), EINVAL);
		CHECK_EQ(pthread_detach(target), EINVAL);
	}
	release = 1;
	CHECK_EQ((long)thread_join(other), 0);
	if (on_tarae()) { /* a number that was: glibc reads freed memory */
		CHECK_EQ(pthread_join(target, NULL), ESRCH);
		CHECK_EQ(pthread_detach(target), ESRCH);
		CHECK_EQ(pthread_kill(target, 0), ESRCH);
		CHECK_EQ(pthread_cancel(target), ESRCH);
		CHECK_EQ(pthread_join(0, NULL), ESRCH);
	}
}

static void detach_misuse(void)
{
	pthread_t target = thread_start(wait_for_release, NULL);

	CHECK_EQ(pthread_detach(target), 0);
	CHECK_EQ(pthread_detach(target), EINVAL);
	CHECK_EQ(pthread_join(target, NULL), EINVAL);
	release = 1;
}

static pthread_t main_thread;

static void *join_main(void *argument)
{
	joiner_tid = (pid_t)syscall(SYS_gettid);
	return (void *)(long)pthread_join(main_thread, NULL);
}

/* Two threads that join each other: the second is told. (Not by every glibc.) */
static void join_circle(void)
{
	pthread_t other;

	if (!on_tarae())
		return;
	main_thread = pthread_self();
	other = thread_start(join_main, NULL);
	await_asleep(&joiner_tid);
	CHECK_EQ(pthread_join(other, NULL), EDEADLK);
	_exit(check_failures ? 1 : 0);
}

static void try_and_timed_join(void)
{
	long long start = check_now_us();
	struct timespec soon = deadline_ms(CLOCK_REALTIME, 30);
	pthread_t target = thread_start(wait_for_release, (void *)5);
	void *result;

	CHECK_EQ(pthread_tryjoin_np(target, &result), EBUSY);
	CHECK_EQ(pthread_timedjoin_np(target, &result, &soon), ETIMEDOUT);
	CHECK(check_now_us() - start >= 29000);
	release = 1;
	CHECK_EQ((long)thread_join(target), 5);
}

/* ---- Identity ---- */

static void *tell_self(void *to)
{
	*(pthread_t *)to = pthread_self();
	return NULL;
}

static void identity(void)
{
	pthread_t a, b, told;

	a = thread_start(tell_self, &told);
	thread_join(a);
	CHECK(pthread_equal(a, told));
	CHECK(pthread_equal(pthread_self(), pthread_self()));
	CHECK(!pthread_equal(a, pthread_self()));
	a = thread_start(wait_for_release, NULL);
	b = thread_start(wait_for_release, NULL);
	CHECK(!pthread_equal(a, b));
	release = 1;
	thread_join(a);
	thread_join(b);
}

static void *name_itself(void *argument)
{
	char name[16];

	CHECK_EQ(pthread_setname_np(pthread_self(), "worker"), 0);
	CHECK_EQ(pthread_getname_np(pthread_self(), name, sizeof(name)), 0);
	CHECK_STR(name, "worker");
	return wait_for_release(argument);
}

static void names(void)
{
	pthread_t thread = thread_start(name_itself, NULL);
	char name[16];

	AWAIT(sleeper_tid);
	CHECK_EQ(pthread_getname_np(thread, name, sizeof(name)), 0);
	CHECK_STR(name, "worker");
	CHECK_EQ(pthread_setname_np(thread, "renamed"), 0);
	CHECK_EQ(pthread_getname_np(thread, name, sizeof(name)), 0);
	CHECK_STR(name, "renamed");
	CHECK_EQ(pthread_setname_np(thread, "sixteen letters."), ERANGE);
	CHECK_EQ(pthread_getname_np(thread, name, 4), ERANGE);
	release = 1;
	thread_join(thread);
}

static _Atomic int handled_by;

static void note_handler(int sig, siginfo_t *info, void *context)
{
	handled_by = (int)syscall(SYS_gettid);
}

static void signals_to_one(void)
{
	pthread_t thread;
	sigset_t set, seen;

	check_handler(SIGUSR1, note_handler, SA_RESTART);
	thread = thread_start(wait_for_release, NULL);
	AWAIT(sleeper_tid);
	CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
	AWAIT(handled_by);
	CHECK_EQ(handled_by, sleeper_tid);
	CHECK_EQ(pthread_kill(thread, 0), 0);
	CHECK_EQ(pthread_kill(thread, 1000), EINVAL);
	release = 1;
	thread_join(thread);

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	handled_by = 0;
	CHECK_EQ(pthread_kill(pthread_self(), SIGUSR1), 0);
	CHECK_EQ(handled_by, 0);
	CHECK_EQ(sigpending(&seen), 0);
	CHECK_EQ(sigismember(&seen, SIGUSR1), 1);
	CHECK_EQ(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
	CHECK_EQ(handled_by, getpid());
	CHECK_EQ(pthread_sigmask(99, &set, NULL), EINVAL);
}

/* A new thread has its creator's mask. */
static void *read_mask(void *argument)
{
	sigset_t mask;

	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	return (void *)(long)(sigismember(&mask, SIGUSR2) == 1 && !sigismember(&mask, SIGUSR1));
}

static void mask_inherited(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_SETMASK, &set, NULL);
	CHECK_EQ((long)thread_join(thread_start(read_mask, NULL)), 1);
}

static void affinity(void)
{
	cpu_set_t one, seen;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	CHECK_EQ(pthread_setaffinity_np(pthread_self(), sizeof(one), &one), 0);
	CHECK_EQ(pthread_getaffinity_np(pthread_self(), sizeof(seen), &seen), 0);
	CHECK_EQ(CPU_COUNT(&seen), 1);
	CHECK(CPU_ISSET(0, &seen));
}

/* ---- Detached, in numbers ---- */

#define STORM 5000

static sem_t storm_done;

static void *storm_thread(void *argument)
{
	sem_post(&storm_done);
	return NULL;
}

static int count_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int lines = 0, c;

	while (maps && (c = getc(maps)) != EOF)
		lines += c == '\n';
	if (maps)
		fclose(maps);
	return lines;
}

/* One after another; each gives back its stack and its number. Fewer where each one's end must be
 * told to several CPUs, which an emulator does slowly. */
static void detached_storm(void)
{
	int count = check_env("STORM", STORM / cpu_count()), before;
	pthread_attr_t attr;
	pthread_t thread;

	thread_join(thread_start(storm_thread, NULL));
	sem_wait(&storm_done);
	before = count_mappings();
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < count; i++) {
		CHECK_EQ(pthread_create(&thread, &attr, storm_thread, NULL), 0);
		sem_wait(&storm_done);
	}
	if (on_tarae())
		AWAIT(count_mappings() <= before);
}

/* The same, but detached when it may have ended already, or not. */
static void detach_races_with_end(void)
{
	int before = count_mappings();

	for (int i = 0; i < 500; i++) {
		pthread_t thread = thread_start(storm_thread, NULL);

		if (i % 2)
			sched_yield();
		CHECK_EQ(pthread_detach(thread), 0);
	}
	for (int i = 0; i < 500; i++)
		sem_wait(&storm_done);
	/* libc keeps the stacks of four joined threads, each with its guard. */
	if (on_tarae())
		AWAIT(count_mappings() <= before + 2 * 4);
}

/* ---- The end of the process ---- */

static void *exit_9(void *argument)
{
	exit(9);
}

static void exit_in_thread(void)
{
	thread_start(exit_9, NULL);
	for (;;)
		pause();
}

static void *finish_late(void *shared)
{
	check_sleep_ms(30);
	*(volatile int *)shared = 1;
	return NULL;
}

static int *late;

static void main_ends_first(void)
{
	thread_start(finish_late, late);
	pthread_exit((void *)5);
}

static void returns_with_threads_alive(void)
{
	thread_start(wait_for_release, NULL);
	exit(0);
}

static void *both_exit(void *argument)
{
	exit(3);
}

/* Several threads want to end the process: one does, and its atexit handlers run once. */
static void count_exit(void)
{
	++*late;
}

static void exit_from_all(void)
{
	atexit(count_exit);
	for (int i = 0; i < 4; i++)
		thread_start(both_exit, NULL);
	exit(3);
}

static void process_ends(void)
{
	late = check_shared(4096);
	CHECK_EXITED(check_run(exit_in_thread, 5000), 9);
	CHECK_EXITED(check_run(main_ends_first, 5000), 0);
	CHECK_EQ(*late, 1);
	CHECK_EXITED(check_run(returns_with_threads_alive, 5000), 0);
	*late = 0;
	CHECK_EXITED(check_run(exit_from_all, 5000), 3);
	CHECK_EQ(*late, 1);
}

static const struct check_case cases[] = {
	CASE(results),
	CASE(join_misuse),
	CASE(detach_misuse),
	CASE(join_circle),
	CASE(try_and_timed_join),
	CASE(identity),
	CASE(names),
	CASE(signals_to_one),
	CASE(mask_inherited),
	CASE(affinity),
	CASE_LIMIT(detached_storm, 60000),
	CASE(detach_races_with_end),
	CASE(process_ends),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
