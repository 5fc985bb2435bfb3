/* SPDX-License-Identifier: MIT */
/*
 * Sessions, process groups and the terminal, as far as nobody need type: what a terminal is set to,
 * who owns it, what a background process may not do. Typing is tested through the serial port from
 * outside.
 */
#include "terminal.h"

static void not_a_terminal(void)
{
	struct termios t;
	struct winsize w;
	int fds[2], null = CHECK_OK(open("/dev/null", O_RDWR)), pgrp;

	CHECK_OK(pipe(fds));
	CHECK_EQ(isatty(null), 0);
	CHECK_EQ(isatty(fds[0]), 0);
	CHECK_ERRNO(ioctl(null, TCGETS, &t), ENOTTY);
	CHECK_ERRNO(ioctl(fds[0], TIOCGWINSZ, &w), ENOTTY);
	CHECK_ERRNO(ioctl(fds[1], TIOCGPGRP, &pgrp), ENOTTY);
	CHECK_ERRNO(ioctl(null, 0x12345678, &t), ENOTTY);
	CHECK_ERRNO(ioctl(1000, TCGETS, &t), EBADF);
}

static void sessions(void)
{
	pid_t pid;

	CHECK_EQ(getpgid(0), getpgrp());
	CHECK_ERRNO(setpgid(0, -1), EINVAL);
	CHECK_ERRNO(setpgid(999999999, 0), ESRCH);
	CHECK_ERRNO(getpgid(999999999), ESRCH);
	CHECK_ERRNO(getsid(999999999), ESRCH);
	pid = setsid();
	CHECK_EQ(pid, getpid());
	CHECK_EQ(getsid(0), getpid());
	CHECK_EQ(getpgid(0), getpid());
	CHECK_ERRNO(setsid(), EPERM);
	CHECK_ERRNO(setpgid(0, 0), EPERM);
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(getsid(0), getppid());
		CHECK_EQ(getpgid(0), getppid());
		CHECK_OK(setpgid(0, 0));
		CHECK_EQ(getpgid(0), getpid());
		CHECK_ERRNO(setsid(), EPERM);
		CHECK_OK(setpgid(0, getppid()));
		CHECK_EQ(setsid(), getpid());
		CHECK_ERRNO(setpgid(0, getppid()), EPERM);
		_exit(check_failures ? 1 : 0);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
	/* A child that has exec'd, or is in another session, keeps its group. */
	pid = fork();
	if (pid == 0) {
		setsid();
		for (;;)
			pause();
	}
	check_await_asleep(pid);
	CHECK_ERRNO(setpgid(pid, pid), EPERM);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
}

static void no_controlling_terminal(void)
{
	setsid();
	CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
}

static void attributes(void)
{
	struct termios t, changed, now;
	int fd = open_terminal();

	CHECK_EQ(isatty(fd), 1);
	CHECK_OK(tcgetattr(fd, &t));
	CHECK_EQ(t.c_lflag & (ICANON | ECHO | ISIG | ECHOE), ICANON | ECHO | ISIG | ECHOE);
	CHECK_EQ(t.c_iflag & ICRNL, ICRNL);
	CHECK_EQ(t.c_oflag & (OPOST | ONLCR), OPOST | ONLCR);
	CHECK_EQ(t.c_cflag & CSIZE, CS8);
	CHECK_EQ(t.c_cc[VINTR], 3);
	CHECK_EQ(t.c_cc[VQUIT], 28);
	CHECK_EQ(t.c_cc[VERASE], 127);
	CHECK_EQ(t.c_cc[VKILL], 21);
	CHECK_EQ(t.c_cc[VEOF], 4);
	CHECK_EQ(t.c_cc[VSUSP], 26);
	CHECK_EQ(t.c_cc[VMIN], 1);
	changed = t;
	changed.c_lflag &= ~(ICANON | ECHO);
	changed.c_cc[VMIN] = 0;
	changed.c_cc[VTIME] = 0;
	CHECK_OK(tcsetattr(fd, TCSANOW, &changed));
	CHECK_OK(tcgetattr(fd, &now));
	CHECK_EQ(now.c_lflag, changed.c_lflag);
	CHECK_EQ(now.c_cc[VMIN], 0);
	CHECK_EQ(read(fd, &now, 1), 0);
	CHECK_OK(fcntl(fd, F_SETFL, O_NONBLOCK));
	changed.c_cc[VMIN] = 1;
	CHECK_OK(tcsetattr(fd, TCSADRAIN, &changed));
	CHECK_ERRNO(read(fd, &now, 1), EAGAIN);
	CHECK_OK(tcsetattr(fd, TCSAFLUSH, &t));
	CHECK_OK(tcgetattr(fd, &now));
	CHECK_EQ(memcmp(now.c_cc, t.c_cc, VSUSP + 1), 0);
	CHECK_EQ(raw_syscall(SYS_ioctl, fd, TCGETS, 8, 0, 0, 0), -EFAULT);
	CHECK_EQ(raw_syscall(SYS_ioctl, fd, TCSETS, 8, 0, 0, 0), -EFAULT);
	close(fd);
}

static volatile sig_atomic_t caught;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	caught = sig;
}

static void window_size(void)
{
	struct winsize old, w;
	int fd = open_terminal();

	CHECK_OK(ioctl(fd, TIOCGWINSZ, &old));
	w = old;
	w.ws_row = 31;
	w.ws_col = 97;
	CHECK_OK(ioctl(fd, TIOCSWINSZ, &w));
	memset(&w, 0, sizeof(w));
	CHECK_OK(ioctl(fd, TIOCGWINSZ, &w));
	CHECK_EQ(w.ws_row, 31);
	CHECK_EQ(w.ws_col, 97);
	CHECK_OK(ioctl(fd, TIOCSWINSZ, &old));
	close(fd);
}

static void owning(void)
{
	int fd = become_session(), again;

	CHECK_EQ(tcgetpgrp(fd), getpid());
	again = CHECK_OK(open("/dev/tty", O_RDWR));
	CHECK_EQ(isatty(again), 1);
	CHECK_EQ(tcgetpgrp(again), getpid());
	CHECK_ERRNO(tcsetpgrp(fd, 999999999), ESRCH);
	CHECK_ERRNO(tcsetpgrp(fd, -1), EINVAL);
	if (fork() == 0) {
		/* A new session has no terminal, and may not look at that of another. */
		setsid();
		CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
		CHECK_ERRNO(tcgetpgrp(fd), ENOTTY);
		_exit(check_failures ? 1 : 0);
	}
	{
		int status;

		wait(&status);
		CHECK_EXITED(status, 0);
	}
	/* Opening without O_NOCTTY is enough, for a leader that has none. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGCONT, SIG_IGN);
	CHECK_OK(ioctl(again, TIOCNOTTY, 0));
	CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
}

/* A background process that reads stops with SIGTTIN, that sets attributes with SIGTTOU. */
static void background(void)
{
	struct termios t;
	int fd = become_session(), status;
	pid_t pid;

	CHECK_OK(tcgetattr(fd, &t));
	for (int way = 0; way < 4; way++) {
		pid = fork();
		if (pid == 0) {
			char c;

			setpgid(0, 0);
			if (way == 0)
				_exit(read(fd, &c, 1) == -1 && errno == EIO ? 1 : 2);
			if (way == 1)
				_exit(tcsetattr(fd, TCSANOW, &t) == 0 ? 0 : 3);
			if (way == 2)
				_exit(tcsetpgrp(fd, getpid()) == 0 ? 0 : 4);
			signal(SIGTTOU, SIG_IGN);
			_exit(tcsetattr(fd, TCSANOW, &t) == 0 ? 7 : 5);
		}
		setpgid(pid, pid);
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		if (way == 3) {
			CHECK_EXITED(status, 7);
			continue;
		}
		CHECK(WIFSTOPPED(status));
		CHECK_EQ(WSTOPSIG(status), way == 0 ? SIGTTIN : SIGTTOU);
		CHECK_OK(kill(pid, SIGKILL));
		CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
	}
	/* With SIGTTIN ignored, a background read is EIO. */
	pid = fork();
	if (pid == 0) {
		char c;

		signal(SIGTTIN, SIG_IGN);
		setpgid(0, 0);
		CHECK_ERRNO(read(fd, &c, 1), EIO);
		_exit(check_failures ? 1 : 0);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

/* The foreground changes hands: a child's group becomes it and comes back. */
static void foreground(void)
{
	int fd = become_session(), fds[2];
	pid_t pid;
	char c;

	signal(SIGTTOU, SIG_IGN);
	CHECK_OK(pipe(fds));
	pid = fork();
	if (pid == 0) {
		close(fds[1]);
		_exit(read(fds[0], &c, 1) != 0);
	}
	CHECK_OK(setpgid(pid, pid));
	CHECK_OK(tcsetpgrp(fd, pid));
	CHECK_EQ(tcgetpgrp(fd), pid);
	close(fds[1]);
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_OK(tcsetpgrp(fd, getpid()));
	CHECK_EQ(tcgetpgrp(fd), getpid());
}

/* A reader of the terminal that sleeps: killed, and woken by a signal with and without restart. */
static void sleeping_reader(void)
{
	static const int ways[] = {SIGKILL, SIGUSR1, SIGUSR2};
	pid_t pid;

	for (size_t i = 0; i < COUNT(ways); i++) {
		pid = fork();
		if (pid == 0) {
			int fd = become_session();
			char c;

			signal(SIGHUP, SIG_IGN);
			check_handler(SIGUSR1, on_signal, 0);
			check_handler(SIGUSR2, on_signal, SA_RESTART);
			_exit(read(fd, &c, 1) == -1 && errno == EINTR ? 9 : 10);
		}
		check_sleep_ms(10);
		check_await_asleep(pid);
		CHECK_OK(kill(pid, ways[i]));
		if (ways[i] == SIGUSR1) {
			CHECK_EXITED(check_wait(pid, 5000), 9);
			continue;
		}
		if (ways[i] == SIGUSR2) {
			check_sleep_ms(10);
			check_await_asleep(pid);
			CHECK_OK(kill(pid, SIGKILL));
		}
		CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
	}
}

/* A leader that goes hangs up its session: the foreground group gets SIGHUP, the line EIO. */
static void hang_up(void)
{
	int fds[2];
	pid_t pid;
	char c;

	CHECK_OK(pipe(fds));
	pid = fork();
	if (pid == 0) {
		int fd = become_session();

		if (fork() == 0) {
			check_handler(SIGHUP, on_signal, 0);
			CHECK_EQ(write(fds[1], "r", 1), 1);
			while (!caught)
				check_sleep_ms(1);
			c = caught == SIGHUP ? 'h' : '?';
			CHECK_EQ(write(fds[1], &c, 1), 1);
			_exit(0);
		}
		CHECK_EQ(read(fds[0], &c, 1), 1);
		close(fd);
		_exit(check_failures ? 1 : 0);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
	close(fds[1]);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(c, 'h');
}

static volatile sig_atomic_t hang_ups, continues;

static void count_signal(int sig, siginfo_t *info, void *context)
{
	hang_ups += sig == SIGHUP;
	continues += sig == SIGCONT;
}

/* A leader that gives its terminal up while it goes on: the group is told, the files stay open. */
static void given_up(void)
{
	struct termios t;
	int fd = become_session();

	check_handler(SIGHUP, count_signal, 0);
	check_handler(SIGCONT, count_signal, 0);
	CHECK_OK(ioctl(fd, TIOCNOTTY, 0));
	CHECK_EQ(hang_ups, 1);
	CHECK_EQ(continues, 1);
	CHECK_ERRNO(ioctl(fd, TIOCNOTTY, 0), ENOTTY);
	CHECK_ERRNO(tcgetpgrp(fd), ENOTTY);
	CHECK_OK(tcgetattr(fd, &t));
	CHECK_EQ(write(fd, "", 1), 1);
	CHECK_OK(fcntl(fd, F_SETFL, O_NONBLOCK));
	CHECK_ERRNO(read(fd, &t, 1), EAGAIN);
	CHECK_OK(ioctl(fd, TIOCSCTTY, 0));
	CHECK_EQ(tcgetpgrp(fd), getpid());
}

static const struct check_case cases[] = {
	CASE(not_a_terminal), CASE(sessions),    CASE(no_controlling_terminal),
	CASE(attributes),     CASE(window_size), CASE(owning),
	CASE(background),     CASE(foreground),  CASE(sleeping_reader),
	CASE(hang_up),        CASE(given_up),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
