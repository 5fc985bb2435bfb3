/* SPDX-License-Identifier: MIT */
/*
 * A terminal for tests of job control: on Tarae the console's line (/dev/ttyS0), on Linux the slave
 * of a fresh pseudo-terminal.
 */
#ifndef TESTS_USER_TERMINAL_H
#define TESTS_USER_TERMINAL_H

#include "check.h"

#include <sys/ioctl.h>
#include <termios.h>

/* Opens a terminal without making it the controlling one. */
UNUSED static int open_terminal(void)
{
	static int master = -1;
	char path[32];
	int number, zero = 0;

	if (on_tarae())
		return CHECK_OK(open("/dev/ttyS0", O_RDWR | O_NOCTTY));
	if (master < 0) {
		master = CHECK_OK(open("/dev/ptmx", O_RDWR | O_NOCTTY));
		CHECK_OK(ioctl(master, _IOW('T', 0x31, int) /* TIOCSPTLCK */, &zero));
	}
	CHECK_OK(ioctl(master, _IOR('T', 0x30, unsigned int) /* TIOCGPTN */, &number));
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	return CHECK_OK(open(path, O_RDWR | O_NOCTTY));
}

/* In a child that leads a session of its own with the terminal as its controlling one. */
UNUSED static int become_session(void)
{
	int fd;

	setsid();
	fd = open_terminal();
	CHECK_OK(ioctl(fd, TIOCSCTTY, 0));
	return fd;
}

#endif
