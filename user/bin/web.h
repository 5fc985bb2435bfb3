/* SPDX-License-Identifier: MIT */
/* Where webd listens and webget asks, when nothing else is said. */
#ifndef USER_BIN_WEB_H
#define USER_BIN_WEB_H

#include "common.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define WEB_SOCKET "/tmp/web.socket"

static inline struct sockaddr_un web_address(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		errx(EXIT_USAGE, "%s: too long for a socket's name", path);
	strcpy(address.sun_path, path);
	return address;
}

static inline long long web_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static inline void web_sleep_ms(long ms)
{
	struct timespec left = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

#endif
