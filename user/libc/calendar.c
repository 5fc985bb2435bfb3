/* SPDX-License-Identifier: MIT */
/*
 * Calendar time: seconds since 1970 to years, months and days, back, and as text. There are no
 * time zones here: local time is UTC.
 *
 * Years are counted from 1 March, so that the leap day is the last of its year; an era is 400
 * such years, after which the Gregorian calendar repeats.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/util.h"

#define DAY_SECONDS          86400L
#define ERA_DAYS             146097L /* 400 * 365 + 97 */
#define DAYS_TO_1970         719468L /* from 1 March of the year 0 */
#define YEAR_BASE            1900
#define MARCH_TO_JANUARY     306 /* days from 1 March to 1 January */
#define CTIME_SIZE           26
#define DAY_OF_WEEK_OF_EPOCH 4 /* a Thursday */

static const char *const day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
					"Thursday", "Friday", "Saturday"};
static const char *const month_names[] = {"January",   "February", "March",    "April",
					  "May",       "June",     "July",     "August",
					  "September", "October",  "November", "December"};

static long floor_div(long a, long b)
{
	return a / b - (a % b < 0);
}

static int is_leap(long year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

struct tm *gmtime_r(const time_t *restrict time, struct tm *restrict result)
{
	long days = floor_div(*time, DAY_SECONDS);
	long second = *time - days * DAY_SECONDS;
	long era = floor_div(days + DAYS_TO_1970, ERA_DAYS);
	long day = days + DAYS_TO_1970 - era * ERA_DAYS;
	/* Take the leap days out, then a year is 365 days. */
	long year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	long year_day = day - (365 * year + year / 4 - year / 100);
	/* From March on, months of 31 and 30 days alternate such that this line fits them. */
	long month = (5 * year_day + 2) / 153;
	long full_year = era * 400 + year + (month >= 10);

	if (full_year - YEAR_BASE > INT_MAX || full_year - YEAR_BASE < INT_MIN) {
		errno = EOVERFLOW;
		return NULL;
	}
	memset(result, 0, sizeof(*result));
	result->tm_year = (int)(full_year - YEAR_BASE);
	result->tm_mon = (int)(month + (month < 10 ? 2 : -10));
	result->tm_mday = (int)(year_day - (153 * month + 2) / 5 + 1);
	result->tm_yday = (int)(year_day >= MARCH_TO_JANUARY ? year_day - MARCH_TO_JANUARY
							     : year_day + 59 + is_leap(full_year));
	result->tm_wday = (int)(((days + DAY_OF_WEEK_OF_EPOCH) % 7 + 7) % 7);
	result->tm_hour = (int)(second / 3600);
	result->tm_min = (int)(second / 60 % 60);
	result->tm_sec = (int)(second % 60);
	result->tm_zone = "UTC";
	return result;
}

/* Members may be out of range and are put in range, as mktime() promises. */
time_t timegm(struct tm *tm)
{
	long months = (long)tm->tm_year * 12 + tm->tm_mon + (long)YEAR_BASE * 12 - 2;
	long year = floor_div(months, 12); /* from March */
	long month = months - year * 12;
	long era = floor_div(year, 400);
	long year_of_era = year - era * 400;
	long days = era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		    (153 * month + 2) / 5 + tm->tm_mday - 1 - DAYS_TO_1970;
	time_t time = days * DAY_SECONDS + tm->tm_hour * 3600L + tm->tm_min * 60L + tm->tm_sec;

	return gmtime_r(&time, tm) ? time : -1;
}

time_t mktime(struct tm *tm)
{
	return timegm(tm);
}

struct tm *localtime_r(const time_t *restrict time, struct tm *restrict result)
{
	return gmtime_r(time, result);
}

struct tm *gmtime(const time_t *time)
{
	static struct tm result;

	return gmtime_r(time, &result);
}

struct tm *localtime(const time_t *time)
{
	return gmtime(time);
}

void tzset(void)
{
}

char *asctime_r(const struct tm *restrict tm, char *restrict buffer)
{
	return strftime(buffer, CTIME_SIZE, "%a %b %e %H:%M:%S %Y\n", tm) ? buffer : NULL;
}

char *asctime(const struct tm *tm)
{
	static char buffer[CTIME_SIZE];

	return asctime_r(tm, buffer);
}

char *ctime_r(const time_t *restrict time, char *restrict buffer)
{
	struct tm tm;

	return gmtime_r(time, &tm) ? asctime_r(&tm, buffer) : NULL;
}

char *ctime(const time_t *time)
{
	static char buffer[CTIME_SIZE];

	return ctime_r(time, buffer);
}

/* Weeks of the year that begin on the day of the week `first` (0: Sunday). */
static int week_of_year(const struct tm *tm, int first)
{
	return (tm->tm_yday + 7 - (tm->tm_wday - first + 7) % 7) / 7;
}

/* Conversions that stand for others. */
static const char *expansion(char conversion)
{
	switch (conversion) {
	case 'c':
		return "%a %b %e %H:%M:%S %Y";
	case 'D':
	case 'x':
		return "%m/%d/%y";
	case 'F':
		return "%Y-%m-%d";
	case 'R':
		return "%H:%M";
	case 'r':
		return "%I:%M:%S %p";
	case 'T':
	case 'X':
		return "%H:%M:%S";
	default:
		return NULL;
	}
}

/* Conversions that are a number: the number, and how it is printed. */
static const char *number(char conversion, const struct tm *tm, long *value)
{
	struct tm copy = *tm;
	int hour12 = tm->tm_hour % 12 ? tm->tm_hour % 12 : 12;

	switch (conversion) {
	case 'C':
		return *value = floor_div(tm->tm_year + YEAR_BASE, 100), "%02ld";
	case 'd':
		return *value = tm->tm_mday, "%02ld";
	case 'e':
		return *value = tm->tm_mday, "%2ld";
	case 'H':
		return *value = tm->tm_hour, "%02ld";
	case 'k':
		return *value = tm->tm_hour, "%2ld";
	case 'I':
		return *value = hour12, "%02ld";
	case 'l':
		return *value = hour12, "%2ld";
	case 'j':
		return *value = tm->tm_yday + 1, "%03ld";
	case 'm':
		return *value = tm->tm_mon + 1, "%02ld";
	case 'M':
		return *value = tm->tm_min, "%02ld";
	case 's':
		return *value = timegm(&copy), "%ld";
	case 'S':
		return *value = tm->tm_sec, "%02ld";
	case 'u':
		return *value = tm->tm_wday ? tm->tm_wday : 7, "%ld";
	case 'U':
		return *value = week_of_year(tm, 0), "%02ld";
	case 'w':
		return *value = tm->tm_wday, "%ld";
	case 'W':
		return *value = week_of_year(tm, 1), "%02ld";
	case 'y':
		return *value = ((tm->tm_year % 100) + 100) % 100, "%02ld";
	case 'Y':
		return *value = (long)tm->tm_year + YEAR_BASE, "%ld";
	default:
		return NULL;
	}
}

/* Conversions that are a word; "?" for a member out of range. */
static const char *word(char conversion, const struct tm *tm)
{
	switch (conversion) {
	case 'a':
	case 'A':
		return tm->tm_wday < 0 || tm->tm_wday > 6 ? "?" : day_names[tm->tm_wday];
	case 'b':
	case 'B':
	case 'h':
		return tm->tm_mon < 0 || tm->tm_mon > 11 ? "?" : month_names[tm->tm_mon];
	case 'n':
		return "\n";
	case 'p':
		return tm->tm_hour >= 12 ? "PM" : "AM";
	case 'P':
		return tm->tm_hour >= 12 ? "pm" : "am";
	case 't':
		return "\t";
	case 'z':
		return "+0000";
	case 'Z':
		return "UTC";
	case '%':
		return "%";
	default:
		return NULL;
	}
}

/* Writes one conversion; the length it has, which is >= size when it did not fit. */
static size_t format_one(char *s, size_t size, char conversion, const struct tm *tm)
{
	const char *format = expansion(conversion);
	const char *text;
	long value;

	if (format) {
		size_t length = strftime(s, size, format, tm);

		return length ? length : size;
	}
	format = number(conversion, tm, &value);
	if (format)
		return (size_t)snprintf(s, size, format, value);
	text = word(conversion, tm);
	if (!text)
		return (size_t)snprintf(s, size, "%%%c", conversion);
	/* The short names are the first three letters. */
	return (size_t)snprintf(s, size, "%.*s", strchr("abh", conversion) ? 3 : INT_MAX, text);
}

size_t strftime(char *restrict s, size_t size, const char *restrict fmt,
		const struct tm *restrict tm)
{
	size_t used = 0;

	for (; *fmt; fmt++) {
		size_t length = 1;

		if (used >= size)
			return 0;
		if (*fmt == '%' && fmt[1])
			length = format_one(s + used, size - used, *++fmt, tm);
		else
			s[used] = *fmt;
		used += length;
	}
	if (used >= size)
		return 0;
	s[used] = '\0';
	return used;
}
