/* SPDX-License-Identifier: MIT */
/* Clocks, sleeping, calendar time (UTC only). */
#ifndef LIBC_TIME_H
#define LIBC_TIME_H

#include <stddef.h>

#include "lib/abi/time.h"
#include "lib/abi/types.h"

#define CLOCKS_PER_SEC 1000000L
#define TIME_UTC       1

struct tm {
	int tm_sec;
	int tm_min;
	int tm_hour;
	int tm_mday;
	int tm_mon;  /* 0 to 11 */
	int tm_year; /* since 1900 */
	int tm_wday; /* since Sunday */
	int tm_yday; /* since January 1, from 0 */
	int tm_isdst;
	long tm_gmtoff;
	const char *tm_zone;
};

int clock_gettime(clockid_t clock, struct timespec *now);
int clock_settime(clockid_t clock, const struct timespec *now);
int clock_getres(clockid_t clock, struct timespec *resolution);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *rest);
int nanosleep(const struct timespec *time, struct timespec *rest);
int timespec_get(struct timespec *now, int base);
time_t time(time_t *now);
clock_t clock(void);
double difftime(time_t end, time_t start);

struct tm *gmtime_r(const time_t *restrict time, struct tm *restrict result);
struct tm *gmtime(const time_t *time);
struct tm *localtime_r(const time_t *restrict time, struct tm *restrict result);
struct tm *localtime(const time_t *time);
time_t timegm(struct tm *tm);
time_t mktime(struct tm *tm);
void tzset(void);
char *ctime(const time_t *time);
char *asctime(const struct tm *tm);
char *ctime_r(const time_t *restrict time, char *restrict buffer);
char *asctime_r(const struct tm *restrict tm, char *restrict buffer);
size_t strftime(char *restrict s, size_t size, const char *restrict fmt,
		const struct tm *restrict tm);

#endif
