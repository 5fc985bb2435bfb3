/* SPDX-License-Identifier: MIT */
/* Terminals: settings, foreground group, name. All of it is ioctl(). */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "point.h"

int tcgetattr(int fd, struct termios *settings)
{
	return ioctl(fd, TCGETS, settings);
}

int tcsetattr(int fd, int when, const struct termios *settings)
{
	if (when < TCSANOW || when > TCSAFLUSH) {
		errno = EINVAL;
		return -1;
	}
	/* TCSETS, TCSETSW and TCSETSF are numbered in the same order. */
	return ioctl(fd, TCSETS + (unsigned long)when, settings);
}

int tcflush(int fd, int queue)
{
	return ioctl(fd, TCFLSH, (long)queue);
}

int tcdrain(int fd)
{
	return (int)sys_point(ioctl, fd, TCSBRK, 1L);
}

int tcflow(int fd, int action)
{
	return ioctl(fd, TCXONC, (long)action);
}

int tcsendbreak(int fd, int duration)
{
	(void)duration;
	return ioctl(fd, TCSBRK, 0L);
}

pid_t tcgetsid(int fd)
{
	pid_t session;

	return ioctl(fd, TIOCGSID, &session) < 0 ? -1 : session;
}

pid_t tcgetpgrp(int fd)
{
	pid_t group;

	return ioctl(fd, TIOCGPGRP, &group) < 0 ? -1 : group;
}

int tcsetpgrp(int fd, pid_t group)
{
	return ioctl(fd, TIOCSPGRP, &group);
}

void cfmakeraw(struct termios *settings)
{
	settings->c_iflag &=
		~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	settings->c_oflag &= ~(tcflag_t)OPOST;
	settings->c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	settings->c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
	settings->c_cflag |= CS8;
	settings->c_cc[VMIN] = 1;
	settings->c_cc[VTIME] = 0;
}

speed_t cfgetospeed(const struct termios *settings)
{
	return settings->c_cflag & CBAUD;
}

speed_t cfgetispeed(const struct termios *settings)
{
	return cfgetospeed(settings);
}

int cfsetospeed(struct termios *settings, speed_t speed)
{
	if (speed & ~(speed_t)CBAUD) {
		errno = EINVAL;
		return -1;
	}
	settings->c_cflag = (settings->c_cflag & ~(tcflag_t)CBAUD) | speed;
	return 0;
}

/* The two speeds are one here; 0 means "as the output's". */
int cfsetispeed(struct termios *settings, speed_t speed)
{
	return speed == B0 ? 0 : cfsetospeed(settings, speed);
}

int isatty(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0)
		return 1;
	if (errno != EBADF)
		errno = ENOTTY;
	return 0;
}

int ttyname_r(int fd, char *buffer, size_t size)
{
	char link[32];
	ssize_t length;

	if (!isatty(fd))
		return errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, buffer, size);
	if (length < 0)
		return errno;
	if ((size_t)length == size)
		return ERANGE;
	buffer[length] = '\0';
	return 0;
}

char *ttyname(int fd)
{
	static char name[NAME_MAX];
	int error = ttyname_r(fd, name, sizeof(name));

	if (error) {
		errno = error;
		return NULL;
	}
	return name;
}
