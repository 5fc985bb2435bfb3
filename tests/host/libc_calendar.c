/* SPDX-License-Identifier: MIT */
/* Calendar time against the host's C library, from the year -2000 to 6000. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/host/random.h"

#define gmtime_r    tarae_gmtime_r
#define timegm      tarae_timegm
#define mktime      tarae_mktime
#define localtime_r tarae_localtime_r
#define gmtime      tarae_gmtime
#define localtime   tarae_localtime
#define tzset       tarae_tzset
#define asctime_r   tarae_asctime_r
#define asctime     tarae_asctime
#define ctime_r     tarae_ctime_r
#define ctime       tarae_ctime
#define strftime    tarae_strftime
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
struct tm *tarae_gmtime_r(const time_t *restrict, struct tm *restrict);
size_t tarae_strftime(char *restrict, size_t, const char *restrict, const struct tm *restrict);
char *tarae_asctime_r(const struct tm *restrict, char *restrict);
#include "user/libc/calendar.c"
#undef gmtime_r
#undef timegm
#undef strftime

#define ROUNDS      100000
#define YEAR        31556952L /* seconds, on average */
#define CONVERSIONS "aAbBcCdDeFhHIjklmMnprRsStTuUwWxXyYZz%"

static void check_same(const struct tm *expected, const struct tm *actual, time_t time)
{
	if (expected->tm_year == actual->tm_year && expected->tm_mon == actual->tm_mon &&
	    expected->tm_mday == actual->tm_mday && expected->tm_hour == actual->tm_hour &&
	    expected->tm_min == actual->tm_min && expected->tm_sec == actual->tm_sec &&
	    expected->tm_wday == actual->tm_wday && expected->tm_yday == actual->tm_yday)
		return;
	printf("%ld: expected %s", (long)time, asctime(expected));
	printf("got %s", asctime(actual));
	exit(1);
}

static void test_moment(time_t time)
{
	struct tm expected, actual, wild;

	gmtime_r(&time, &expected);
	assert(tarae_gmtime_r(&time, &actual) == &actual);
	check_same(&expected, &actual, time);
	assert(tarae_timegm(&actual) == time);
	check_same(&expected, &actual, time);

	/* Members out of range. */
	wild = expected;
	wild.tm_mon += (int)random_below(100) - 50;
	wild.tm_mday += (int)random_below(1000) - 500;
	wild.tm_hour += (int)random_below(1000) - 500;
	wild.tm_min += (int)random_below(1000) - 500;
	wild.tm_sec += (int)random_below(100000) - 50000;
	expected = actual = wild;
	assert(tarae_timegm(&actual) == timegm(&expected));
	check_same(&expected, &actual, time);
}

static void test_format(time_t time)
{
	struct tm tm;

	gmtime_r(&time, &tm);
	for (const char *c = CONVERSIONS; *c; c++) {
		char fmt[] = {'<', '%', *c, '>', '\0'};
		char expected[100], actual[100];
		size_t length;

		/* The year has no sign or padding that all libraries agree on before 1000. */
		if (tm.tm_year < -900 && strchr("cCFYyx", *c))
			continue;
		if (*c == 'Z')
			continue;
		length = strftime(expected, sizeof(expected), fmt, &tm);
		if (tarae_strftime(actual, sizeof(actual), fmt, &tm) != length ||
		    strcmp(expected, actual) != 0) {
			printf("%ld: %s: expected %s, got %s\n", (long)time, fmt, expected, actual);
			exit(1);
		}
		/* Whatever does not fit gives 0. */
		assert(tarae_strftime(actual, length, fmt, &tm) == 0);
		assert(tarae_strftime(actual, length + 1, fmt, &tm) == length);
	}
}

int main(void)
{
	char text[26];
	time_t time = 0;

	setenv("TZ", "UTC", 1);
	random_start();
	for (int i = 0; i < ROUNDS; i++) {
		time = (time_t)(random_bits() % (8000 * YEAR)) - 3970 * YEAR;
		test_moment(time);
		if (i % 8 == 0)
			test_format(time);
	}
	/* The days round the ends of years and centuries. */
	for (time = -2300 * YEAR; time < 1000 * YEAR; time += 43200)
		test_moment(time);
	time = 0;
	assert(strcmp(tarae_ctime_r(&time, text), "Thu Jan  1 00:00:00 1970\n") == 0);
	time = LONG_MAX;
	assert(!tarae_gmtime_r(&time, &(struct tm){0}) && errno == EOVERFLOW);
	return 0;
}
