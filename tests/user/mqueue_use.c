/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues: bounds and order of messages, names and attributes, limits, notification,
 * what waits and what ends the wait. Every case unlinks what it makes: queues outlive processes.
 */
#include "ipc_help.h"

#include <limits.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/time.h>

#define NAME "/tarae.test"

static char buffer[8192];

static mqd_t make(int flags, long messages, long bytes)
{
	struct mq_attr attributes = {.mq_maxmsg = messages, .mq_msgsize = bytes};
	mqd_t queue;

	mq_unlink(NAME);
	queue = CHECK_OK(mq_open(NAME, O_CREAT | O_EXCL | O_RDWR | flags, 0640, &attributes));
	CHECK_OK(mq_unlink(NAME)); /* open descriptors keep it */
	return queue;
}

static void check_receives(mqd_t queue, const char *text, unsigned priority)
{
	unsigned got = 99;

	memset(buffer, 0, 64);
	CHECK_EQ(mq_receive(queue, buffer, sizeof(buffer), &got), strlen(text));
	CHECK_STR(buffer, text);
	CHECK_EQ(got, priority);
}

static void by_urgency(void)
{
	mqd_t queue = make(0, 8, 16);

	CHECK_OK(mq_send(queue, "low", 3, 1));
	CHECK_OK(mq_send(queue, "high one", 8, 7));
	CHECK_OK(mq_send(queue, "", 0, 3));
	CHECK_OK(mq_send(queue, "high two", 8, 7));
	CHECK_OK(mq_send(queue, "low two", 7, 1));
	CHECK_OK(mq_send(queue, "top", 3, MQ_PRIO_MAX - 1));
	check_receives(queue, "top", MQ_PRIO_MAX - 1);
	check_receives(queue, "high one", 7);
	check_receives(queue, "high two", 7);
	check_receives(queue, "", 3);
	check_receives(queue, "low", 1);
	check_receives(queue, "low two", 1);
	CHECK_ERRNO(mq_send(queue, "x", 1, MQ_PRIO_MAX), EINVAL);
}

/* Rounds of messages with random urgency, against a plain search for the most urgent. */
static void random_round(mqd_t queue, unsigned *seed)
{
	enum { MESSAGES = 10 };
	int priority[MESSAGES], taken[MESSAGES] = {0};

	for (int i = 0; i < MESSAGES; i++) {
		*seed = *seed * 1103515245 + 12345;
		priority[i] = *seed >> 16 & 3;
		CHECK_OK(mq_send(queue, (char *)&i, sizeof(i), priority[i]));
	}
	CHECK_ERRNO(mq_send(queue, "x", 1, 0), EAGAIN);
	for (int n = 0; n < MESSAGES; n++) {
		int best = -1, got = -1;
		unsigned p = 99;

		for (int i = 0; i < MESSAGES; i++)
			if (!taken[i] && (best < 0 || priority[i] > priority[best]))
				best = i;
		taken[best] = 1;
		CHECK_EQ(mq_receive(queue, buffer, sizeof(buffer), &p), sizeof(got));
		memcpy(&got, buffer, sizeof(got));
		CHECK_EQ(got, best);
		CHECK_EQ(p, priority[best]);
	}
	CHECK_ERRNO(mq_receive(queue, buffer, sizeof(buffer), NULL), EAGAIN);
}

static void random_order(void)
{
	mqd_t queue = make(O_NONBLOCK, 10, 8);
	unsigned seed = check_env("SEED", 1);

	for (int round = 0; round < 20 && !check_failures; round++)
		random_round(queue, &seed);
}

static void names(void)
{
	char name[300];
	mqd_t queue, again;
	struct stat st;

	mq_unlink(NAME);
	CHECK_ERRNO(mq_open(NAME, O_RDWR), ENOENT);
	CHECK_ERRNO(mq_unlink(NAME), ENOENT);
	queue = CHECK_OK(mq_open(NAME, O_CREAT | O_RDWR, 0640, NULL));
	CHECK_ERRNO(mq_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600, NULL), EEXIST);
	CHECK_EQ(fcntl(queue, F_GETFD), FD_CLOEXEC);
	CHECK_OK(fstat(queue, &st));
	CHECK_EQ(st.st_mode & 0777, 0640);
	again = CHECK_OK(mq_open(NAME, O_RDONLY));
	CHECK_OK(mq_send(queue, "same", 4, 0));
	CHECK_EQ(mq_receive(again, buffer, sizeof(buffer), NULL), 4);
	CHECK_ERRNO(mq_send(again, "x", 1, 0), EBADF);
	/* Unlinked, another may have the name, and the old one goes on. */
	CHECK_OK(mq_unlink(NAME));
	again = CHECK_OK(mq_open(NAME, O_CREAT | O_EXCL | O_WRONLY | O_NONBLOCK, 0600, NULL));
	CHECK_OK(mq_send(again, "new", 3, 0));
	CHECK_ERRNO(mq_receive(again, buffer, sizeof(buffer), NULL), EBADF);
	CHECK_OK(mq_send(queue, "old", 3, 0));
	check_receives(queue, "old", 0);
	CHECK_OK(mq_unlink(NAME));
	CHECK_ERRNO(mq_open("no.slash", O_CREAT | O_RDWR, 0600, NULL), EINVAL);
	CHECK_ERRNO(mq_open("/", O_CREAT | O_RDWR, 0600, NULL), ENOENT);
	CHECK_ERRNO(mq_open("/a/b", O_CREAT | O_RDWR, 0600, NULL), EACCES);
	CHECK_ERRNO(mq_open("/..", O_CREAT | O_RDWR, 0600, NULL), EACCES);
	memset(name, 'n', sizeof(name));
	name[0] = '/';
	name[NAME_MAX + 2] = 0;
	CHECK_ERRNO(mq_open(name, O_CREAT | O_RDWR, 0600, NULL), ENAMETOOLONG);
	name[NAME_MAX + 1] = 0;
	CHECK_OK(mq_open(name, O_CREAT | O_RDWR, 0600, NULL));
	CHECK_OK(mq_unlink(name));
}

static void attributes(void)
{
	struct mq_attr a = {.mq_maxmsg = 0, .mq_msgsize = 8}, old;
	mqd_t queue;

	mq_unlink(NAME);
	CHECK_ERRNO(mq_open(NAME, O_CREAT | O_RDWR, 0600, &a), EINVAL);
	a.mq_maxmsg = 3;
	a.mq_msgsize = -1;
	CHECK_ERRNO(mq_open(NAME, O_CREAT | O_RDWR, 0600, &a), EINVAL);
	a.mq_maxmsg = 1 << 24;
	a.mq_msgsize = 8;
	CHECK_ERRNO(mq_open(NAME, O_CREAT | O_RDWR, 0600, &a), EINVAL);
	queue = make(0, 3, 20);
	CHECK_OK(mq_send(queue, "one", 3, 0));
	CHECK_OK(mq_getattr(queue, &a));
	CHECK_EQ(a.mq_flags, 0);
	CHECK_EQ(a.mq_maxmsg, 3);
	CHECK_EQ(a.mq_msgsize, 20);
	CHECK_EQ(a.mq_curmsgs, 1);
	CHECK_ERRNO(mq_send(queue, buffer, 21, 0), EMSGSIZE);
	CHECK_ERRNO(mq_receive(queue, buffer, 19, NULL), EMSGSIZE);
	a.mq_flags = O_NONBLOCK;
	a.mq_maxmsg = 77; /* only the flag counts */
	CHECK_OK(mq_setattr(queue, &a, &old));
	CHECK_EQ(old.mq_flags, 0);
	CHECK_EQ(old.mq_curmsgs, 1);
	CHECK_OK(mq_getattr(queue, &a));
	CHECK_EQ(a.mq_flags, O_NONBLOCK);
	CHECK_EQ(a.mq_maxmsg, 3);
	CHECK(fcntl(queue, F_GETFL) & O_NONBLOCK);
	check_receives(queue, "one", 0);
	CHECK_ERRNO(mq_receive(queue, buffer, sizeof(buffer), NULL), EAGAIN);
	a.mq_flags = O_APPEND;
	CHECK_ERRNO(mq_setattr(queue, &a, NULL), EINVAL);
	/* What a queue gets by itself. */
	mq_unlink(NAME);
	queue = CHECK_OK(mq_open(NAME, O_CREAT | O_RDWR, 0600, NULL));
	CHECK_OK(mq_unlink(NAME));
	CHECK_OK(mq_getattr(queue, &a));
	CHECK_EQ(a.mq_maxmsg, 10);
	CHECK_EQ(a.mq_msgsize, 8192);
}

static void not_a_queue(void)
{
	struct mq_attr a;
	mqd_t queue = make(0, 2, 8);

	CHECK_ERRNO(mq_send(0, "x", 1, 0), EBADF);
	CHECK_ERRNO(mq_receive(-1, buffer, 8, NULL), EBADF);
	CHECK_ERRNO(mq_getattr(0, &a), EBADF);
	CHECK_ERRNO(mq_notify(99, NULL), EBADF);
	CHECK_ERRNO(lseek(queue, 0, SEEK_SET) < 0 ? -1 : (errno = ESPIPE, -1), ESPIPE);
	CHECK_EQ((long)mmap(NULL, 4096, PROT_READ, MAP_SHARED, queue, 0), -1);
	CHECK_ERRNO(mq_send(queue, (char *)8, 4, 0), EFAULT);
	CHECK_OK(mq_send(queue, "good", 4, 0));
	check_receives(queue, "good", 0);
}

/* All queues together may hold so much; then EMFILE, until one goes. */
static void limits(void)
{
	struct mq_attr a = {.mq_maxmsg = 10, .mq_msgsize = 8192};
	mqd_t queues[20];
	char name[32];
	int count = 0;

	for (; count < 20; count++) {
		snprintf(name, sizeof(name), NAME "%d", count);
		mq_unlink(name);
		queues[count] = mq_open(name, O_CREAT | O_RDWR, 0600, &a);
		if (queues[count] < 0)
			break;
		CHECK_OK(mq_unlink(name));
	}
	CHECK_EQ(errno, EMFILE);
	CHECK_RANGE(count, 2, 10);
	close(queues[0]);
	queues[0] = CHECK_OK(mq_open(NAME, O_CREAT | O_RDWR, 0600, &a));
	CHECK_OK(mq_unlink(NAME));
}

/* ---- Waiting ---- */

static mqd_t waited;

static void call_receive(void)
{
	if (mq_receive(waited, buffer, sizeof(buffer), NULL) < 0)
		_exit(errno);
}

static void call_send(void)
{
	if (mq_send(waited, "x", 1, 0) < 0)
		_exit(errno);
}

static void serve_message(void)
{
	CHECK_OK(mq_send(waited, "x", 1, 0));
}

static void serve_room(void)
{
	CHECK_EQ(mq_receive(waited, buffer, sizeof(buffer), NULL), 4);
}

static void call_receive_timed(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 1000;
	if (mq_timedreceive(waited, buffer, sizeof(buffer), NULL, &until) < 0)
		_exit(errno);
}

static void call_send_timed(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 1000;
	if (mq_timedsend(waited, "x", 1, 0, &until) < 0)
		_exit(errno);
}

static void waiting(void)
{
	waited = make(0, 2, 8);
	ipc_check_blocking("mq_receive", call_receive, serve_message, 0);
	ipc_check_blocking("mq_timedreceive", call_receive_timed, serve_message, 0);
	waited = make(0, 1, 8);
	CHECK_OK(mq_send(waited, "full", 4, 0));
	ipc_check_blocking("mq_send", call_send, serve_room, 0);
	check_receives(waited, "x", 0);
	CHECK_OK(mq_send(waited, "full", 4, 0));
	ipc_check_blocking("mq_timedsend", call_send_timed, serve_room, 0);
}

static struct timespec soon(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void timed(void)
{
	mqd_t queue = make(0, 1, 8);
	struct timespec until, past = {1, 0}, bad = {0, 1000000000};
	long long start = check_now_us();

	until = soon(50);
	CHECK_ERRNO(mq_timedreceive(queue, buffer, 8, NULL, &until), ETIMEDOUT);
	CHECK_AT_LEAST(check_now_us() - start, 49000);
	CHECK_ERRNO(mq_timedreceive(queue, buffer, 8, NULL, &past), ETIMEDOUT);
	CHECK_ERRNO(mq_timedreceive(queue, buffer, 8, NULL, &bad), EINVAL);
	CHECK_OK(mq_timedsend(queue, "x", 1, 0, &past)); /* there is room: no wait */
	CHECK_ERRNO(mq_timedsend(queue, "x", 1, 0, &past), ETIMEDOUT);
	start = check_now_us();
	until = soon(50);
	CHECK_ERRNO(mq_timedsend(queue, "x", 1, 0, &until), ETIMEDOUT);
	CHECK_AT_LEAST(check_now_us() - start, 49000);
	CHECK_EQ(mq_timedreceive(queue, buffer, 8, NULL, &past), 1);
}

static void polling(void)
{
	mqd_t queue = make(0, 1, 8);
	pid_t pid;

	CHECK_EQ(ipc_poll(queue, POLLIN | POLLOUT), POLLOUT);
	CHECK_OK(mq_send(queue, "x", 1, 0));
	CHECK_EQ(ipc_poll(queue, POLLIN | POLLOUT), POLLIN);
	pid = fork();
	if (pid == 0) {
		struct pollfd p = {queue, POLLOUT, 0};

		_exit(poll(&p, 1, -1) != 1 || p.revents != POLLOUT);
	}
	check_await_asleep(pid);
	CHECK_EQ(mq_receive(queue, buffer, 8, NULL), 1);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

/* ---- Notification ---- */

static volatile sig_atomic_t ticks;
static volatile sig_atomic_t notices, notice_code, notice_value, notice_pid;

static void on_notice(int sig, siginfo_t *info, void *context)
{
	notices++;
	notice_code = info->si_code;
	notice_value = info->si_value.sival_int;
	notice_pid = info->si_pid;
}

static void notifying(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
	mqd_t queue = make(0, 4, 8);
	pid_t pid;

	event.sigev_value.sival_int = 4711;
	check_handler(SIGUSR2, on_notice, 0);
	CHECK_OK(mq_notify(queue, &event));
	CHECK_ERRNO(mq_notify(queue, &event), EBUSY);
	pid = fork();
	if (pid == 0) {
		CHECK_ERRNO(mq_notify(queue, &event), EBUSY);
		mq_notify(queue, NULL); /* not its own: stays */
		_exit(mq_send(queue, "x", 1, 0) || check_failures);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_EQ(notices, 1);
	CHECK_EQ(notice_code, SI_MESGQ);
	CHECK_EQ(notice_value, 4711);
	CHECK_EQ(notice_pid, pid);
	/* Once; and only into an empty queue. */
	CHECK_OK(mq_notify(queue, &event));
	CHECK_OK(mq_send(queue, "x", 1, 0));
	CHECK_EQ(notices, 1);
	check_receives(queue, "x", 0);
	check_receives(queue, "x", 0);
	CHECK_OK(mq_send(queue, "x", 1, 0));
	CHECK_EQ(notices, 2);
	check_receives(queue, "x", 0);
	/* Taken back; or the descriptor closed. */
	CHECK_OK(mq_notify(queue, &event));
	CHECK_OK(mq_notify(queue, NULL));
	CHECK_OK(mq_send(queue, "x", 1, 0));
	check_receives(queue, "x", 0);
	CHECK_OK(mq_notify(queue, &event));
	close(dup(queue));
	CHECK_OK(mq_notify(queue, &event));
	event.sigev_notify = SIGEV_NONE;
	close(dup(queue));
	CHECK_OK(mq_notify(queue, &event));
	CHECK_OK(mq_send(queue, "x", 1, 0));
	CHECK_EQ(notices, 2);
	event.sigev_notify = 77;
	CHECK_ERRNO(mq_notify(queue, &event), EINVAL);
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = 65;
	CHECK_ERRNO(mq_notify(queue, &event), EINVAL);
}

static void on_tick(int sig, siginfo_t *info, void *context)
{
	static const struct itimerval never;

	if (++ticks == 200)
		setitimer(ITIMER_REAL, &never, NULL);
}

/* A fork that a signal breaks off is done again, and closes nothing of the parent's. */
static void forks_leave_it(void)
{
	const struct itimerval often = {{0, 500}, {0, 500}};
	struct sigevent event = {.sigev_notify = SIGEV_NONE};
	mqd_t queue = make(0, 4, 8);

	check_handler(SIGALRM, on_tick, SA_RESTART);
	CHECK_OK(mq_notify(queue, &event));
	CHECK_OK(setitimer(ITIMER_REAL, &often, NULL));
	while (ticks < 200) {
		pid_t pid = CHECK_OK(fork());
		int status = -1;

		if (pid == 0)
			_exit(0);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EXITED(status, 0);
	}
	CHECK_ERRNO(mq_notify(queue, &event), EBUSY);
}

/* Who waits in mq_receive gets the message, and nobody is told. */
static void receivers_come_first(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
	pid_t pid;

	waited = make(0, 4, 8);
	check_handler(SIGUSR2, on_notice, 0);
	pid = ipc_start(call_receive, 0);
	CHECK_OK(mq_notify(waited, &event));
	CHECK_OK(mq_send(waited, "x", 1, 0));
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_EQ(notices, 0);
	CHECK_OK(mq_send(waited, "x", 1, 0));
	CHECK_EQ(notices, 1);
}

/* Registered, and then gone: the next may register. */
static void watcher_dies(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_NONE};
	mqd_t queue = make(0, 4, 8);
	pid_t pid = fork();

	if (pid == 0) {
		mq_notify(queue, &event);
		pause();
	}
	check_await_asleep(pid);
	CHECK_ERRNO(mq_notify(queue, &event), EBUSY);
	kill(pid, SIGKILL);
	CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
	CHECK_OK(mq_notify(queue, &event));
}

/* ---- Many at once ---- */

/* Three senders and three receivers: every message arrives once, each sender's in order. */
static void many(void)
{
	enum { SIDES = 3, EACH = 60 };
	mqd_t queue = make(0, 4, 8);
	_Atomic int *arrived = check_shared(SIDES * EACH * sizeof(int));
	pid_t senders[SIDES], receivers[SIDES];

	for (int s = 0; s < SIDES; s++) {
		receivers[s] = fork();
		if (receivers[s] == 0) {
			int last[SIDES] = {-1, -1, -1}, message[2];

			while (mq_receive(queue, (char *)message, 8, NULL) == 8) {
				if (message[1] <= last[message[0]])
					_exit(1);
				last[message[0]] = message[1];
				arrived[message[0] * EACH + message[1]]++;
			}
			_exit(0);
		}
		senders[s] = fork();
		if (senders[s] == 0) {
			for (int i = 0; i < EACH; i++) {
				int message[2] = {s, i};

				if (mq_send(queue, (char *)message, 8, 0) != 0)
					_exit(1);
			}
			_exit(0);
		}
	}
	for (int s = 0; s < SIDES; s++)
		CHECK_EXITED(check_wait(senders[s], 10000), 0);
	for (int s = 0; s < SIDES; s++)
		CHECK_OK(mq_send(queue, "end", 3, 0));
	for (int s = 0; s < SIDES; s++)
		CHECK_EXITED(check_wait(receivers[s], 10000), 0);
	for (int i = 0; i < SIDES * EACH; i++)
		CHECK_EQ(arrived[i], 1);
}

/* Left full, unlinked and closed by its death: the leak check of the runner sees what stays. */
static void left_full(void)
{
	mqd_t queue = make(O_NONBLOCK, 10, 1000);

	while (mq_send(queue, buffer, 1000, 5) == 0)
		;
	CHECK_EQ(errno, EAGAIN);
}

static const struct check_case cases[] = {
	CASE(by_urgency),   CASE(random_order), CASE(names),          CASE(attributes),
	CASE(not_a_queue),  CASE(limits),       CASE(waiting),        CASE(timed),
	CASE(polling),      CASE(notifying),    CASE(forks_leave_it), CASE(receivers_come_first),
	CASE(watcher_dies), CASE(many),         CASE(left_full),
};

int main(int argc, char **argv)
{
	umask(022);
	return CHECK_MAIN(cases, argc, argv);
}
