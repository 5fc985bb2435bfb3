/* SPDX-License-Identifier: MIT */
/* Calls about time. Calendar time is in calendar.c. */
#include <errno.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "point.h"

int clock_gettime(clockid_t clock, struct timespec *now)
{
	return (int)sys(clock_gettime, clock, now);
}

int clock_settime(clockid_t clock, const struct timespec *now)
{
	return (int)sys(clock_settime, clock, now);
}

int clock_getres(clockid_t clock, struct timespec *resolution)
{
	return (int)sys(clock_getres, clock, resolution);
}

/* Unlike the others, POSIX has this one return its error. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *rest)
{
	return (int)-sys_point_raw(clock_nanosleep, clock, flags, time, rest);
}

int nanosleep(const struct timespec *time, struct timespec *rest)
{
	return (int)sys_point(nanosleep, time, rest);
}

int usleep(useconds_t microseconds)
{
	struct timespec time = {
		.tv_sec = microseconds / 1000000,
		.tv_nsec = microseconds % 1000000 * 1000,
	};

	return nanosleep(&time, NULL);
}

/* Returns the seconds that were left when a signal ended the sleep. */
unsigned int sleep(unsigned int seconds)
{
	struct timespec time = {.tv_sec = seconds};

	if (nanosleep(&time, &time) == 0)
		return 0;
	return (unsigned int)time.tv_sec + (time.tv_nsec >= 500000000);
}

time_t time(time_t *now)
{
	struct timespec current;

	clock_gettime(CLOCK_REALTIME, &current);
	if (now)
		*now = current.tv_sec;
	return current.tv_sec;
}

int timespec_get(struct timespec *now, int base)
{
	return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec current;

	if (zone)
		*(struct timezone *)zone = (struct timezone){0};
	if (!now)
		return 0;
	if (clock_gettime(CLOCK_REALTIME, &current) < 0)
		return -1;
	now->tv_sec = current.tv_sec;
	now->tv_usec = current.tv_nsec / 1000;
	return 0;
}

int settimeofday(const struct timeval *now, const struct timezone *zone)
{
	struct timespec wanted;

	if (!now)
		return 0;
	if (zone || now->tv_usec < 0 || now->tv_usec >= 1000000) {
		errno = EINVAL;
		return -1;
	}
	wanted.tv_sec = now->tv_sec;
	wanted.tv_nsec = now->tv_usec * 1000;
	return clock_settime(CLOCK_REALTIME, &wanted);
}

clock_t clock(void)
{
	struct timespec used;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) < 0)
		return -1;
	return used.tv_sec * CLOCKS_PER_SEC + used.tv_nsec / (1000000000 / CLOCKS_PER_SEC);
}

double difftime(time_t end, time_t start)
{
	return (double)(end - start);
}
