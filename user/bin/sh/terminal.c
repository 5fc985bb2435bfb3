/* SPDX-License-Identifier: MIT */
/* The controlling terminal: see terminal.h. */
#include "terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shell.h"
#include "vars.h"

static pid_t shell_group;
static struct termios kept_modes;
static bool modes_kept;

void terminal_init(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	pid_t foreground;

	if (fd < 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
	sh.terminal = shell_move_fd(fd);
	foreground = tcgetpgrp(sh.terminal);
	if (foreground < 0) {
		shell_error("no terminal of its own: no job control");
		return;
	}
	/* Started in the background: wait to be brought to the foreground. */
	while (foreground >= 0 && foreground != getpgrp()) {
		kill(0, SIGTTIN);
		foreground = tcgetpgrp(sh.terminal);
	}
	sh.job_control = true;
	shell_group = getpid();
	/* A session's leader is its own group's leader already. */
	if (getpgrp() != shell_group)
		setpgid(0, shell_group);
}

void terminal_give(pid_t group)
{
	tcsetpgrp(sh.terminal, group);
}

bool terminal_is_given(pid_t group)
{
	return tcgetpgrp(sh.terminal) == group;
}

void terminal_take_back(void)
{
	tcsetpgrp(sh.terminal, shell_group);
}

bool terminal_get_modes(struct termios *modes)
{
	return !tcgetattr(sh.terminal, modes);
}

void terminal_set_modes(const struct termios *modes)
{
	tcsetattr(sh.terminal, TCSADRAIN, modes);
}

void terminal_keep_modes(const struct termios *modes)
{
	kept_modes = *modes;
	modes_kept = true;
}

void terminal_restore_modes(void)
{
	if (modes_kept)
		terminal_set_modes(&kept_modes);
}

static int positive_variable(const char *name, int otherwise)
{
	const char *value = var_get(name);
	int number = value ? atoi(value) : 0;

	return number > 0 ? number : otherwise;
}

void terminal_size(int *rows, int *columns)
{
	struct winsize size;

	if (!ioctl(sh.terminal, TIOCGWINSZ, &size) && size.ws_col && size.ws_row) {
		*rows = size.ws_row;
		*columns = size.ws_col;
	} else {
		*rows = positive_variable("LINES", 24);
		*columns = positive_variable("COLUMNS", 80);
	}
}
