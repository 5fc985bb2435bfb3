/* SPDX-License-Identifier: MIT */
/*
 * init: process 1, the ancestor of all others.
 *
 * It gives the console to a shell, and starts another when that one ends. With the boot option
 * cmd="..." it runs that command instead, waits until it and everything that it started have
 * ended, reports its wait status to the host, and turns the machine off.
 *
 * A process whose parent ends becomes init's child, and init waits for it: that is what keeps
 * ended processes from staying around for ever.
 */
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#include "common.h"

#define SHELL          "/bin/sh"
#define STATUS_MISSING (127 << 8) /* the wait status of a command that was not found */
#define HOLD_OFF       1          /* seconds, if a shell ends as soon as it is started */
#define MAX_FAILURES   3          /* shells in a row that could not be started */

static char *environment[] = {
	"PATH=/bin:/demos:/usr/bin", "HOME=/root", "TERM=vt100", "SHELL=" SHELL, NULL,
};

/* ---- boot options ---- */

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *digit = c ? strchr(digits, c) : NULL;

	return digit ? (int)(digit - digits) % 16 : -1;
}

/*
 * Undoes how an option is written on the kernel's command line: "quotes" hold blanks together,
 * and %XX stands for a byte that would not come through the boot loader.
 */
static void decode_option(const char *text, char *value, size_t size)
{
	bool quoted = false;
	size_t length = 0;

	for (; *text && (quoted || !strchr(" \t\n", *text)); text++) {
		char c = *text;

		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (c == '%' && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0) {
			c = (char)(hex_digit(text[1]) << 4 | hex_digit(text[2]));
			text += 2;
		}
		if (length + 1 < size)
			value[length++] = c;
	}
	value[length] = '\0';
}

/* Finds key=value; false if the option was not given. */
static bool boot_option(const char *key, char *value, size_t size)
{
	static char line[4096];
	bool quoted = false, start = true;
	ssize_t length;
	int fd = open("/proc/cmdline", O_RDONLY);

	if (fd < 0)
		return false;
	length = read_some(fd, line, sizeof(line) - 1);
	close(fd);
	line[length > 0 ? length : 0] = '\0';
	for (const char *p = line; *p; p++) {
		size_t key_length = strlen(key);

		if (start && !strncmp(p, key, key_length) && p[key_length] == '=') {
			decode_option(p + key_length + 1, value, size);
			return true;
		}
		if (*p == '"')
			quoted = !quoted;
		start = !quoted && strchr(" \t\n", *p);
	}
	return false;
}

/* ---- the console ---- */

static void open_console(void)
{
	int fd;

	/* Whatever the kernel left open, 0, 1 and 2 become the console. */
	fd = open("/dev/console", O_RDWR | O_NOCTTY);
	if (fd < 0)
		return;
	for (int i = 0; i < 3; i++)
		if (fd != i)
			dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static void show_file(const char *path)
{
	char text[2048];
	int fd = open(path, O_RDONLY);
	ssize_t length;

	if (fd < 0)
		return;
	length = read_some(fd, text, sizeof(text));
	if (length > 0)
		write_all(STDOUT_FILENO, text, (size_t)length);
	close(fd);
}

/* ---- children ---- */

/* In the child: a session of its own, with the console as its terminal. */
static void become_session_leader(void)
{
	setsid();
	ioctl(STDIN_FILENO, TIOCSCTTY, 1);
	tcsetpgrp(STDIN_FILENO, getpid());
}

/* In the child: the foreground group of init's session. */
static void become_foreground_group(void)
{
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN); /* which tcsetpgrp would send: we are in the background yet */
	tcsetpgrp(STDIN_FILENO, getpid());
	signal(SIGTTOU, SIG_DFL);
}

/* Starts a program, made ready by `prepare`. Its pid, or -1 with errno. */
static pid_t start(const char *path, char *const argv[], void (*prepare)(void))
{
	volatile int error = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		prepare();
		execve(path, argv, environment);
		error = errno; /* seen by init: after vfork there is one memory */
		_exit(127);
	}
	if (pid > 0 && error) {
		waitpid(pid, NULL, 0);
		errno = error;
		return -1;
	}
	return pid;
}

/* ---- one command ---- */

static void report_status(int status)
{
	char line[32];
	int fd = open("/dev/report", O_WRONLY);

	if (fd < 0) {
		warn("/dev/report");
		return;
	}
	snprintf(line, sizeof(line), "exit %d\n", status);
	if (write_all(fd, line, strlen(line)))
		warn("/dev/report");
	close(fd);
}

/* Ends the machine. */
static void power(int how)
{
	/* We are in the background of the command's terminal, where waiting for output is not
	 * allowed either, unless this signal is ignored. */
	signal(SIGTTOU, SIG_IGN);
	tcdrain(STDOUT_FILENO);
	reboot(how);
	err(EXIT_FAILURE, "reboot");
}

/*
 * Returns the command's wait status once nothing that it started is left. The session is init's:
 * when a session's leader ends, those that it leaves behind on its terminal are hung up.
 */
static int run_command(char *command)
{
	char *argv[] = {"sh", "-c", command, NULL};
	int result = STATUS_MISSING, status;
	pid_t pid, ended;

	setsid();
	ioctl(STDIN_FILENO, TIOCSCTTY, 1);
	pid = start(SHELL, argv, become_foreground_group);
	if (pid < 0) {
		warn("cannot start " SHELL);
		return result;
	}
	while ((ended = waitpid(-1, &status, 0)) > 0 || errno == EINTR)
		if (ended == pid)
			result = status;
	return result;
}

/* ---- shells for ever ---- */

static void wait_for(pid_t pid)
{
	int status;
	pid_t ended;

	while ((ended = waitpid(-1, &status, 0)) != pid)
		if (ended < 0 && errno != EINTR)
			return;
	if (WIFSIGNALED(status))
		warnx("the shell was ended by a signal: %s", strsignal(WTERMSIG(status)));
	else
		warnx("the shell ended; here is another (poweroff turns the machine off)");
}

static void run_shells(void)
{
	char *argv[] = {"-sh", NULL}; /* the dash makes it read /etc/profile */
	struct termios modes;
	bool has_modes = !tcgetattr(STDIN_FILENO, &modes);
	int failures = 0;

	while (failures < MAX_FAILURES) {
		time_t started = time(NULL);
		pid_t pid;

		/* The shell before may have been killed while it edited a line. */
		if (has_modes)
			tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
		pid = start(SHELL, argv, become_session_leader);
		if (pid < 0) {
			warn("cannot start " SHELL);
			failures++;
		} else {
			failures = 0;
			wait_for(pid);
		}
		if (time(NULL) - started < HOLD_OFF)
			sleep(HOLD_OFF);
	}
}

int main(void)
{
	static char command[4096];

	if (getpid() != 1)
		errx(EXIT_FAILURE, "only the kernel starts init");
	open_console();
	if (boot_option("cmd", command, sizeof(command))) {
		report_status(run_command(command));
		power(RB_POWER_OFF);
	}
	show_file("/etc/motd");
	run_shells();
	warnx("without a shell there is nothing to do");
	power(RB_HALT_SYSTEM);
}
