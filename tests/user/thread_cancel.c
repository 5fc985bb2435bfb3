/* SPDX-License-Identifier: MIT */
/*
 * Cancellation: only where it may happen, but there always, also when the thread sleeps already or
 * is just about to; what is to be tidied up is tidied up, in order.
 */
#include "pthreads.h"

#include <mqueue.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t sem;
static int pipe_fds[2];
static _Atomic pid_t tid;
static _Atomic int go;

static void announce(void)
{
	tid = (pid_t)syscall(SYS_gettid);
}

/* ---- Every place to sleep ---- */

static void *in_read(void *argument)
{
	char c;

	announce();
	return (void *)(long)read(pipe_fds[0], &c, 1);
}

static void *in_nanosleep(void *argument)
{
	announce();
	check_sleep_ms(60000);
	return NULL;
}

static void *in_pause(void *argument)
{
	announce();
	pause();
	return NULL;
}

static void *in_sem_wait(void *argument)
{
	announce();
	sem_wait(&sem);
	return NULL;
}

static void *in_join(void *thread)
{
	announce();
	pthread_join(*(pthread_t *)thread, NULL);
	return NULL;
}

static void unlock(void *argument)
{
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
}

static void *in_cond_wait(void *argument)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(unlock, NULL);
	announce();
	for (;;)
		pthread_cond_wait(&cond, &mutex);
	pthread_cleanup_pop(1);
	return NULL;
}

static void *in_waitpid(void *argument)
{
	announce();
	waitpid((pid_t)(long)argument, NULL, 0);
	return NULL;
}

static void *in_sigwait(void *argument)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	announce();
	sigwait(&set, &sig);
	return NULL;
}

static void *in_recv(void *socket)
{
	char c;

	announce();
	return (void *)(long)recv(*(int *)socket, &c, 1, 0);
}

static void *in_accept(void *listener)
{
	announce();
	return (void *)(long)accept(*(int *)listener, NULL, NULL);
}

static void *in_mq_receive(void *queue)
{
	char message[8];

	announce();
	return (void *)(long)mq_receive(*(mqd_t *)queue, message, sizeof(message), NULL);
}

static void *in_system(void *argument)
{
	announce();
	return (void *)(long)system("sleep 60");
}

static void cancel_asleep(void *(*fn)(void *), void *argument)
{
	pthread_t thread;

	tid = 0;
	thread = thread_start(fn, argument);
	await_asleep(&tid);
	CHECK_EQ(pthread_cancel(thread), 0);
	CHECK(thread_join(thread) == PTHREAD_CANCELED);
}

static void asleep(void)
{
	pid_t child;
	pthread_t sleeper;

	CHECK_OK(pipe(pipe_fds));
	sem_init(&sem, 0, 0);
	cancel_asleep(in_read, NULL);
	cancel_asleep(in_nanosleep, NULL);
	cancel_asleep(in_pause, NULL);
	cancel_asleep(in_sem_wait, NULL);
	cancel_asleep(in_cond_wait, NULL);
	CHECK_EQ(pthread_mutex_trylock(&mutex),
		 0); /* its cleanup handler had it, and gave it back */
	cancel_asleep(in_sigwait, NULL);
	child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	cancel_asleep(in_waitpid, (void *)(long)child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	sleeper = thread_start(in_pause, NULL);
	cancel_asleep(in_join, &sleeper);
	pthread_cancel(sleeper); /* a join that was cancelled may be done again */
	CHECK(thread_join(sleeper) == PTHREAD_CANCELED);
}

static void asleep_in_messages(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 8};
	int pair[2], listener = socket(AF_UNIX, SOCK_STREAM, 0);
	mqd_t queue = mq_open("/thread_cancel", O_RDWR | O_CREAT, 0600, &attributes);

	CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	cancel_asleep(in_recv, &pair[0]);
	snprintf(name.sun_path, sizeof(name.sun_path), "/tmp/thread_cancel.%d", (int)getpid());
	CHECK_OK(bind(listener, (struct sockaddr *)&name, sizeof(name)));
	CHECK_OK(listen(listener, 1));
	cancel_asleep(in_accept, &listener);
	CHECK_OK(unlink(name.sun_path));
	CHECK_OK(mq_unlink("/thread_cancel"));
	cancel_asleep(in_mq_receive, &queue);
}

/* The command goes with its thread, and signals are as they were. */
static void asleep_in_system(void)
{
	struct sigaction action;

	cancel_asleep(in_system, NULL);
	CHECK_ERRNO(waitpid(-1, NULL, 0), ECHILD);
	CHECK_OK(sigaction(SIGINT, NULL, &action));
	CHECK(action.sa_handler == SIG_DFL);
}

/* ---- No set of signals keeps a thread from being cancelled ---- */

/* Also one that was not made by sigfillset(), where that is looked at. */
static sigset_t every_signal(void)
{
	sigset_t set;

	sigfillset(&set);
	if (on_tarae())
		memset(&set, 0xff, sizeof(set));
	return set;
}

static void *in_read_with_mask(void *how)
{
	sigset_t all = every_signal();

	CHECK_EQ(pthread_sigmask((int)(long)how, &all, NULL), 0);
	return in_read(NULL);
}

static void *in_read_with_own_mask(void *argument)
{
	sigset_t all;

	sigfillset(&all);
	CHECK_EQ(sigprocmask(SIG_SETMASK, &all, NULL), 0);
	return in_read(NULL);
}

static void blocked(void)
{
	CHECK_OK(pipe(pipe_fds));
	cancel_asleep(in_read_with_mask, (void *)SIG_BLOCK);
	cancel_asleep(in_read_with_mask, (void *)SIG_SETMASK);
	cancel_asleep(in_read_with_own_mask, NULL);
}

static void *in_sigwait_for_all(void *argument)
{
	sigset_t all = every_signal();
	int sig = 0;

	CHECK_EQ(pthread_sigmask(SIG_BLOCK, &all, NULL), 0);
	announce();
	sigwait(&all, &sig);
	return (void *)(long)sig;
}

static void awaited(void)
{
	cancel_asleep(in_sigwait_for_all, NULL);
}

static void *in_sigsuspend(void *argument)
{
	sigset_t all = every_signal();

	announce();
	sigsuspend(&all);
	return NULL;
}

static void *in_ppoll(void *argument)
{
	sigset_t all = every_signal();

	announce();
	ppoll(NULL, 0, NULL, &all);
	return NULL;
}

static void *in_pselect(void *argument)
{
	sigset_t all = every_signal();

	announce();
	pselect(0, NULL, NULL, NULL, NULL, &all);
	return NULL;
}

static void blocked_while_waiting(void)
{
	cancel_asleep(in_sigsuspend, NULL);
	cancel_asleep(in_ppoll, NULL);
	cancel_asleep(in_pselect, NULL);
}

static void sleep_in_handler(int sig)
{
	announce();
	pause();
}

static void *in_handler(void *argument)
{
	struct sigaction action = {.sa_handler = sleep_in_handler, .sa_mask = every_signal()};

	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
	raise(SIGUSR1);
	return NULL;
}

static void blocked_in_handler(void)
{
	cancel_asleep(in_handler, NULL);
}

/* The signal has come before the thread makes another, which is not cancelled and can be. */
static void *makes_another(void *other)
{
	announce();
	while (!go)
		;
	syscall(SYS_getpid);
	*(pthread_t *)other = thread_start(in_read, NULL);
	pause();
	return NULL;
}

static void made_by_a_cancelled_one(void)
{
	pthread_t thread, other;

	CHECK_OK(pipe(pipe_fds));
	thread = thread_start(makes_another, &other);
	AWAIT(tid);
	tid = 0;
	CHECK_EQ(pthread_cancel(thread), 0);
	go = 1;
	CHECK(thread_join(thread) == PTHREAD_CANCELED);
	await_asleep(&tid);
	CHECK_EQ(pthread_cancel(other), 0);
	CHECK(thread_join(other) == PTHREAD_CANCELED);
}

/* A program cannot name the signal; it has no say in it. */
static void not_the_programs(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;

	sigfillset(&set);
	CHECK_EQ(sigismember(&set, 32), 0);
	CHECK_ERRNO(sigaddset(&set, 32), EINVAL);
	CHECK_ERRNO(sigaction(32, &ignore, NULL), EINVAL);
	CHECK(signal(32, SIG_IGN) == SIG_ERR);
}

/* Who cannot be told is not said to be cancelled. */
static void no_room_for_its_signal(void)
{
	struct rlimit limit, none;
	pthread_t thread;

	if (!on_tarae()) /* glibc does not try a second time */
		return;
	CHECK_OK(getrlimit(RLIMIT_SIGPENDING, &limit));
	none = (struct rlimit){0, limit.rlim_max};
	thread = thread_start(in_pause, NULL);
	await_asleep(&tid);
	CHECK_OK(setrlimit(RLIMIT_SIGPENDING, &none));
	CHECK_EQ(pthread_cancel(thread), EAGAIN);
	CHECK_OK(setrlimit(RLIMIT_SIGPENDING, &limit));
	CHECK_EQ(pthread_cancel(thread), 0);
	CHECK(thread_join(thread) == PTHREAD_CANCELED);
}

/* Cancelled at a random moment before, in or after the way into the kernel. */
static void *read_soon(void *spins)
{
	char c;

	go = 1;
	for (volatile long i = (long)spins; i > 0; i--)
		;
	return (void *)(long)read(pipe_fds[0], &c, 1);
}

static void about_to_sleep(void)
{
	unsigned state = 3;
	long rounds = rounds_for_cpus(800);
	int cpus = cpu_count();

	CHECK_OK(pipe(pipe_fds));
	for (long i = 0; i < rounds; i++) {
		pthread_t thread;

		go = 0;
		thread = thread_start(read_soon, (void *)(long)chance(&state, 3000));
		/* It begins when our slice is over; on one CPU that may as well be now. */
		while (!go)
			if (cpus == 1)
				sched_yield();
		for (volatile unsigned n = chance(&state, 3000); n > 0; n--)
			;
		pthread_cancel(thread);
		CHECK(thread_join(thread) == PTHREAD_CANCELED);
	}
}

/* ---- Where not ---- */

static void *busy(void *argument)
{
	announce();
	while (!go)
		sched_yield();
	return (void *)1;
}

static void *disabled_then_enabled(void *argument)
{
	int old;

	CHECK_EQ(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old), 0);
	CHECK_EQ(old, PTHREAD_CANCEL_ENABLE);
	announce();
	while (!go)
		check_sleep_ms(1);
	pthread_testcancel();
	go = 2;
	CHECK_EQ(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old), 0);
	CHECK_EQ(old, PTHREAD_CANCEL_DISABLE);
	pthread_testcancel();
	return (void *)1;
}

static void only_where_it_may(void)
{
	pthread_t thread = thread_start(busy, NULL);

	AWAIT(tid);
	pthread_cancel(thread);
	check_sleep_ms(10);
	go = 1;
	CHECK_EQ((long)thread_join(thread), 1);

	go = 0;
	tid = 0;
	thread = thread_start(disabled_then_enabled, NULL);
	AWAIT(tid);
	pthread_cancel(thread);
	check_sleep_ms(10);
	CHECK(thread_state(tid) != 0);
	go = 1;
	CHECK(thread_join(thread) == PTHREAD_CANCELED);
	CHECK_EQ(go, 2); /* it passed the first point */
	CHECK_EQ(pthread_setcancelstate(9, NULL), EINVAL);
	CHECK_EQ(pthread_setcanceltype(9, NULL), EINVAL);
}

static void *spin_for_ever(void *argument)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (go = 1; go;)
		;
	return NULL;
}

static void asynchronous(void)
{
	pthread_t thread = thread_start(spin_for_ever, NULL);

	while (!go)
		sched_yield();
	pthread_cancel(thread);
	CHECK(thread_join(thread) == PTHREAD_CANCELED);
}

/* What a call has done is not undone: a byte that was read is returned. */
static void *read_bytes(void *argument)
{
	static char bytes[64];
	volatile long *got = argument;

	announce();
	while (read(pipe_fds[0], bytes, 1) == 1)
		++*got;
	return NULL;
}

/* Every second time the thread sleeps in read() when the bytes come. */
static void nothing_read_is_lost(void)
{
	for (int i = 0; i < 60; i++) {
		volatile long got = 0;
		int blocking[2];
		char c = 'x';
		long left = 0;
		pthread_t thread;

		CHECK_OK(pipe(blocking));
		pipe_fds[0] = blocking[0];
		tid = 0;
		thread = thread_start(read_bytes, (void *)&got);
		if (i % 2)
			await_asleep(&tid);
		for (int n = 0; n < 5; n++)
			CHECK_EQ(write(blocking[1], &c, 1), 1);
		pthread_cancel(thread);
		CHECK(thread_join(thread) == PTHREAD_CANCELED);
		fcntl(blocking[0], F_SETFL, O_NONBLOCK);
		while (read(blocking[0], &c, 1) == 1)
			left++;
		CHECK_EQ(got + left, 5);
		close(blocking[0]);
		close(blocking[1]);
	}
}

static void *reopen(void *stream)
{
	CHECK_EQ(pthread_cancel(pthread_self()), 0);
	CHECK(freopen("/dev/null", "r", stream) == stream);
	go = 1;
	pthread_testcancel();
	return NULL;
}

/* A stream is locked while it is reopened: nobody is cancelled then, and leaves it so. */
static void no_stream_stays_locked(void)
{
	FILE *stream = fopen("/dev/null", "r");

	CHECK(thread_join(thread_start(reopen, stream)) == PTHREAD_CANCELED);
	CHECK_EQ(go, 1);
	CHECK_EQ(ftrylockfile(stream), 0);
	funlockfile(stream);
}

/* ---- Tidying up ---- */

static char trail[16];

static void leave_mark(void *mark)
{
	trail[strlen(trail)] = *(char *)mark;
}

static pthread_key_t key;

static void *three_deep(void *how)
{
	pthread_setspecific(key, "k");
	pthread_cleanup_push(leave_mark, "a");
	pthread_cleanup_push(leave_mark, "b");
	pthread_cleanup_push(leave_mark, "x");
	pthread_cleanup_pop(0);
	pthread_cleanup_push(leave_mark, "c");
	pthread_cleanup_pop(1);
	if (how)
		pthread_exit(NULL);
	announce();
	pause();
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

static void cleanup_order(void)
{
	pthread_key_create(&key, leave_mark);
	thread_join(thread_start(three_deep, "exit"));
	CHECK_STR(trail, "cbak");
	memset(trail, 0, sizeof(trail));
	cancel_asleep(three_deep, NULL);
	CHECK_STR(trail, "cbak");
}

static const struct check_case cases[] = {
	CASE(asleep),
	CASE(asleep_in_messages),
	CASE(asleep_in_system),
	CASE(blocked),
	CASE(awaited),
	CASE(blocked_while_waiting),
	CASE(blocked_in_handler),
	CASE(made_by_a_cancelled_one),
	CASE(not_the_programs),
	CASE(no_room_for_its_signal),
	CASE(about_to_sleep),
	CASE(only_where_it_may),
	CASE(asynchronous),
	CASE(nothing_read_is_lost),
	CASE(no_stream_stays_locked),
	CASE(cleanup_order),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
