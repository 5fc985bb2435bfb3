/* SPDX-License-Identifier: MIT */
/* sleep: waits. */
#include <limits.h>
#include <time.h>

#include "common.h"

static const char usage_text[] = "sleep NUMBER[.FRACTION][s|m|h|d]...";

/* Adds a duration such as 1.5m, in nanoseconds; false if the text is none. */
static bool add_duration(const char *text, unsigned long long *total)
{
	const unsigned long long second = 1000000000ull;
	unsigned long long whole = 0, part = 0, unit = second / 10, factor = 1;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (whole > 1000000000ull)
			return false;
		whole = whole * 10 + (unsigned)(*p - '0');
	}
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
			part += (unsigned)(*p - '0') * unit;
	switch (*p) {
	case 'd':
		factor *= 24;
		/* fall through */
	case 'h':
		factor *= 60;
		/* fall through */
	case 'm':
		factor *= 60;
		/* fall through */
	case 's':
		p++;
		break;
	}
	if (*p || p == text || whole > ULLONG_MAX / second / factor / 2)
		return false;
	*total += (whole * second + part) * factor;
	return true;
}

int main(int argc, char **argv)
{
	unsigned long long total = 0;
	struct timespec rest;

	if (argc < 2)
		usage(usage_text);
	for (int i = 1; i < argc; i++)
		if (!add_duration(argv[i], &total))
			usage(usage_text);
	rest.tv_sec = (time_t)(total / 1000000000ull);
	rest.tv_nsec = (long)(total % 1000000000ull);
	while (nanosleep(&rest, &rest))
		if (errno != EINTR)
			err(EXIT_FAILURE, "nanosleep");
	return EXIT_SUCCESS;
}
