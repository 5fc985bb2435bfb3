/* SPDX-License-Identifier: MIT */
/* Terminal settings. */
#ifndef LIBC_TERMIOS_H
#define LIBC_TERMIOS_H

#include "lib/abi/ioctl.h"
#include "lib/abi/termios.h"
#include "lib/abi/types.h"

int tcgetattr(int fd, struct termios *settings);
int tcsetattr(int fd, int when, const struct termios *settings);
int tcflush(int fd, int queue);
int tcdrain(int fd);
int tcflow(int fd, int action);
int tcsendbreak(int fd, int duration);
pid_t tcgetsid(int fd);
void cfmakeraw(struct termios *settings);
speed_t cfgetispeed(const struct termios *settings);
speed_t cfgetospeed(const struct termios *settings);
int cfsetispeed(struct termios *settings, speed_t speed);
int cfsetospeed(struct termios *settings, speed_t speed);

#endif
