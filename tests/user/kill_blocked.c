/* SPDX-License-Identifier: MIT */
/*
 * Processes asleep in each call that can sleep: SIGKILL ends every one of them at once, a caught
 * signal without SA_RESTART wakes it with the errno that Linux gives, and nothing that it held or
 * waited for is lost. One function a call; each runs in a child that must be seen asleep first.
 */
#include "check.h"

#include <mqueue.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

static int fds[2];
static int *word; /* shared, for the futex */

static void block_read_pipe(void)
{
	char c;

	if (read(fds[0], &c, 1) < 0)
		_exit(errno);
}

static void block_readv_pipe(void)
{
	char a, b;
	struct iovec v[2] = {{&a, 1}, {&b, 1}};

	if (readv(fds[0], v, 2) < 0)
		_exit(errno);
}

static void fill_pipe(void)
{
	static char block[4096];

	CHECK_OK(fcntl(fds[1], F_SETFL, O_NONBLOCK));
	while (write(fds[1], block, sizeof(block)) > 0)
		;
	CHECK_EQ(errno, EAGAIN);
	CHECK_OK(fcntl(fds[1], F_SETFL, 0));
}

static void block_write_pipe(void)
{
	fill_pipe();
	if (write(fds[1], "x", 1) < 0)
		_exit(errno);
}

static void block_big_write(void)
{
	static char block[200000];
	ssize_t n = write(fds[1], block, sizeof(block));

	if (n > 0 && n < (ssize_t)sizeof(block))
		_exit(EINTR);
	_exit(n < 0 ? errno : 0);
}

static void block_writev_pipe(void)
{
	char a = 0, b = 0;
	struct iovec v[2] = {{&a, 1}, {&b, 1}};

	fill_pipe();
	if (writev(fds[1], v, 2) < 0)
		_exit(errno);
}

static void block_nanosleep(void)
{
	struct timespec t = {1000, 0};

	if (nanosleep(&t, NULL) < 0)
		_exit(errno);
}

static void block_clock_nanosleep(void)
{
	struct timespec t = {1000, 0};

	_exit(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL));
}

static void block_clock_absolute(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += 1000;
	_exit(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL));
}

/* A grandchild that lives until this process's end of the pipe is gone. */
static pid_t sleeping_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		char c;

		close(fds[1]);
		_exit(read(fds[0], &c, 1) != 0);
	}
	return pid;
}

static void block_wait4(void)
{
	if (waitpid(sleeping_child(), NULL, 0) < 0)
		_exit(errno);
}

static void block_waitid(void)
{
	siginfo_t info;

	sleeping_child();
	if (waitid(P_ALL, 0, &info, WEXITED) < 0)
		_exit(errno);
}

static void block_poll(void)
{
	struct pollfd p = {fds[0], POLLIN, 0};

	if (poll(&p, 1, -1) < 0)
		_exit(errno);
}

static void block_poll_nothing(void)
{
	if (poll(NULL, 0, 1000000) < 0)
		_exit(errno);
}

static void block_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	if (select(fds[0] + 1, &set, NULL, NULL, NULL) < 0)
		_exit(errno);
}

static void block_ppoll(void)
{
	struct pollfd p = {fds[0], POLLIN, 0};
	long r = raw_syscall(SYS_ppoll, (long)&p, 1, 0, 0, 8, 0);

	if (r < 0)
		_exit(-r);
}

static void block_pause(void)
{
	if (pause() < 0)
		_exit(errno);
}

static void block_sigsuspend(void)
{
	sigset_t none;

	sigemptyset(&none);
	if (sigsuspend(&none) < 0)
		_exit(errno);
}

static void block_sigtimedwait(void)
{
	uint64_t set = 1UL << (SIGUSR2 - 1);
	long r = raw_syscall(SYS_rt_sigtimedwait, (long)&set, 0, 0, 8, 0, 0);

	if (r < 0)
		_exit(-r);
}

static void block_futex(void)
{
	long r = raw_syscall(SYS_futex, (long)word, 0 /* FUTEX_WAIT */, 0, 0, 0, 0);

	if (r < 0)
		_exit(-r);
}

static void block_futex_timed(void)
{
	struct timespec t = {1000, 0};
	int mine = 0;
	long r = raw_syscall(SYS_futex, (long)&mine, 128 /* WAIT, private */, 0, (long)&t, 0, 0);

	if (r < 0)
		_exit(-r);
}

static void block_open_fifo_read(void)
{
	if (open("kill_blocked.fifo", O_RDONLY) < 0)
		_exit(errno);
}

static void block_open_fifo_write(void)
{
	if (open("kill_blocked.fifo", O_WRONLY) < 0)
		_exit(errno);
}

/* Tarae may refuse to lock files rather than pretend. */
static int has_flock(void)
{
	int fd = open("kill_blocked.lock", O_RDWR | O_CREAT, 0600);
	int has = flock(fd, LOCK_EX) == 0 || !on_tarae();

	close(fd);
	return has;
}

static void block_flock(void)
{
	pid_t pid;
	int fd = open("kill_blocked.lock", O_RDWR | O_CREAT, 0600);

	if (!has_flock()) {
		pause();
		_exit(errno);
	}
	CHECK_OK(flock(fd, LOCK_EX));
	pid = fork();
	if (pid == 0) {
		fd = open("kill_blocked.lock", O_RDWR);
		if (flock(fd, LOCK_EX) < 0)
			_exit(errno);
	}
	pause();
	_exit(errno);
}

static void block_vfork(void)
{
	if (vfork() == 0) {
		char c;

		close(fds[1]);
		raw_syscall(SYS_read, fds[0], (long)&c, 1, 0, 0, 0);
		_exit(0);
	}
}

static int local_pair(void)
{
	int pair[2];

	CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	return pair[0];
}

static void block_recv(void)
{
	char c;

	if (recv(local_pair(), &c, 1, 0) < 0)
		_exit(errno);
}

static void block_send(void)
{
	static char block[4096];
	int fd = local_pair();

	while (send(fd, block, sizeof(block), MSG_DONTWAIT) > 0)
		;
	if (send(fd, block, 1, 0) < 0)
		_exit(errno);
}

/* A listener with an abstract name of its own, and room for one. */
static int local_listener(struct sockaddr_un *name)
{
	int fd = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));

	*name = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1, "kill_blocked%d", (int)getpid());
	CHECK_OK(bind(fd, (struct sockaddr *)name, sizeof(*name)));
	CHECK_OK(listen(fd, 0));
	return fd;
}

static void block_accept(void)
{
	struct sockaddr_un name;

	if (accept(local_listener(&name), NULL, NULL) < 0)
		_exit(errno);
}

static void block_connect(void)
{
	struct sockaddr_un name;

	local_listener(&name);
	for (;;)
		if (connect(CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&name,
			    sizeof(name)) < 0)
			_exit(errno);
}

static mqd_t small_queue(void)
{
	struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 8};
	mqd_t queue = CHECK_OK(mq_open("/kill_blocked", O_CREAT | O_RDWR, 0600, &attributes));

	CHECK_OK(mq_unlink("/kill_blocked"));
	return queue;
}

static void block_mq_receive(void)
{
	char message[8];

	if (mq_receive(small_queue(), message, sizeof(message), NULL) < 0)
		_exit(errno);
}

static void block_mq_send(void)
{
	mqd_t queue = small_queue();

	CHECK_OK(mq_send(queue, "", 0, 0));
	if (mq_send(queue, "", 0, 0) < 0)
		_exit(errno);
}

/* A caught signal gives: this errno, or RESTARTS (the call goes on, whatever the flags). */
#define RESTARTS (-1)

static const struct blocker {
	const char *name;
	void (*run)(void);
	int interrupted;
} blockers[] = {
	{"read_pipe", block_read_pipe, EINTR},
	{"readv_pipe", block_readv_pipe, EINTR},
	{"write_pipe", block_write_pipe, EINTR},
	{"big_write", block_big_write, EINTR},
	{"writev_pipe", block_writev_pipe, EINTR},
	{"nanosleep", block_nanosleep, EINTR},
	{"clock_nanosleep", block_clock_nanosleep, EINTR},
	{"clock_absolute", block_clock_absolute, EINTR},
	{"wait4", block_wait4, EINTR},
	{"waitid", block_waitid, EINTR},
	{"poll", block_poll, EINTR},
	{"poll_nothing", block_poll_nothing, EINTR},
	{"select", block_select, EINTR},
	{"ppoll", block_ppoll, EINTR},
	{"pause", block_pause, EINTR},
	{"sigsuspend", block_sigsuspend, EINTR},
	{"sigtimedwait", block_sigtimedwait, EINTR},
	{"futex", block_futex, EINTR},
	{"futex_timed", block_futex_timed, EINTR},
	{"open_fifo_read", block_open_fifo_read, EINTR},
	{"open_fifo_write", block_open_fifo_write, EINTR},
	{"flock", block_flock, EINTR},
	{"recv", block_recv, EINTR},
	{"send", block_send, EINTR},
	{"accept", block_accept, EINTR},
	{"connect", block_connect, EINTR},
	{"mq_receive", block_mq_receive, EINTR},
	{"mq_send", block_mq_send, EINTR},
	{"vfork", block_vfork, RESTARTS},
};

static void on_signal(int sig, siginfo_t *info, void *context)
{
}

/* Starts one and waits until it sleeps; it is the leader of its own group. */
static pid_t start(const struct blocker *b)
{
	pid_t pid;

	CHECK_OK(pipe(fds));
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		check_handler(SIGUSR1, on_signal, 0);
		b->run();
		_exit(0);
	}
	if (check_await_asleep(pid) != 0)
		check_fail(__FILE__, __LINE__, "%s does not sleep", b->name);
	return pid;
}

/* Ends what it left behind (a grandchild reading the pipe), too. */
static void finish(pid_t pid)
{
	kill(-pid, SIGKILL);
	close(fds[0]);
	close(fds[1]);
}

static void killed(void)
{
	for (size_t i = 0; i < COUNT(blockers); i++) {
		pid_t pid = start(&blockers[i]);
		int status;

		CHECK_OK(kill(pid, SIGKILL));
		status = check_wait(pid, 5000);
		if (status != SIGKILL)
			check_fail(__FILE__, __LINE__, "%s, killed: wait status 0x%x",
				   blockers[i].name, status);
		finish(pid);
	}
}

static void interrupted(void)
{
	for (size_t i = 0; i < COUNT(blockers); i++) {
		const struct blocker *b = &blockers[i];
		pid_t pid = start(b);
		int status;

		CHECK_OK(kill(pid, SIGUSR1));
		if (b->interrupted == RESTARTS) {
			check_sleep_ms(5);
			check_await_asleep(pid);
			CHECK_OK(kill(pid, SIGKILL));
			CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
		} else {
			status = check_wait(pid, 5000);
			if (status != b->interrupted << 8)
				check_fail(__FILE__, __LINE__,
					   "%s, interrupted: expected exit status %d, got 0x%x",
					   b->name, b->interrupted, status);
		}
		finish(pid);
	}
}

/* Which calls a stop and SIGCONT end on Linux, though no handler ran: signal(7) lists the
 * second. */
static int ended_by_stop(const char *name)
{
	return strcmp(name, "big_write") == 0 || strcmp(name, "sigtimedwait") == 0;
}

/* Stopped and continued, they sleep on (nanosleep with what is left, the rest from anew). */
static void stopped(void)
{
	for (size_t i = 0; i < COUNT(blockers); i++) {
		pid_t pid = start(&blockers[i]);

		CHECK_OK(kill(pid, SIGSTOP));
		if (blockers[i].interrupted != RESTARTS)
			check_await_state(pid, 'T');
		CHECK_OK(kill(pid, SIGCONT));
		if (ended_by_stop(blockers[i].name)) {
			check_sleep_ms(20);
		} else if (check_await_asleep(pid) != 0) {
			check_fail(__FILE__, __LINE__, "%s does not sleep on", blockers[i].name);
		} else {
			CHECK_OK(kill(pid, SIGKILL));
			CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
		}
		finish(pid);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

/* Many sleepers on one pipe, killed before and behind the one that is left; it is served. */
static void killed_among_others(void)
{
	pid_t pids[6];

	CHECK_OK(pipe(fds));
	for (int i = 0; i < 6; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			char c;

			_exit(read(fds[0], &c, 1) == 1 ? c : 255);
		}
		check_await_asleep(pids[i]);
	}
	for (int i = 0; i < 6; i++)
		if (i != 3) {
			CHECK_OK(kill(pids[i], SIGKILL));
			CHECK_KILLED(check_wait(pids[i], 5000), SIGKILL);
		}
	CHECK_EQ(write(fds[1], "\x11", 1), 1);
	CHECK_EXITED(check_wait(pids[3], 5000), 0x11);
}

/* A lock that a killed process held is free again. */
static void locks_are_released(void)
{
	int fd = CHECK_OK(open("kill_blocked.lock", O_RDWR | O_CREAT, 0600));
	pid_t pid;

	if (!has_flock())
		return;
	pid = fork();
	if (pid == 0) {
		fd = open("kill_blocked.lock", O_RDWR);
		if (flock(fd, LOCK_EX) == 0)
			pause();
		_exit(1);
	}
	check_await_asleep(pid);
	CHECK_ERRNO(flock(fd, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	kill(pid, SIGKILL);
	CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
	CHECK_OK(flock(fd, LOCK_EX | LOCK_NB));
}

/* A FIFO that killed processes waited at opens for others. */
static void fifos_are_left(void)
{
	CHECK_ERRNO(open("kill_blocked.fifo", O_WRONLY | O_NONBLOCK), ENXIO);
	CHECK_OK(open("kill_blocked.fifo", O_RDONLY | O_NONBLOCK));
	CHECK_OK(open("kill_blocked.fifo", O_WRONLY | O_NONBLOCK));
}

static const struct check_case cases[] = {
	CASE_LIMIT(killed, 30000), CASE_LIMIT(interrupted, 30000), CASE_LIMIT(stopped, 30000),
	CASE(killed_among_others), CASE(locks_are_released),       CASE(fifos_are_left),
};

int main(int argc, char **argv)
{
	int result;

	word = check_shared(CHECK_PAGE);
	unlink("kill_blocked.fifo");
	if (mkfifo("kill_blocked.fifo", 0600) != 0)
		check_fail(__FILE__, __LINE__, "mkfifo: errno %d", errno);
	result = CHECK_MAIN(cases, argc, argv);
	unlink("kill_blocked.fifo");
	unlink("kill_blocked.lock");
	return result;
}
