/* SPDX-License-Identifier: MIT */
/*
 * Formatted output against the host's snprintf(): random formats with random arguments, the edges
 * by hand, and every cut of the buffer.
 */
#include <assert.h>
#include <float.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/random.h"

#define snprintf  tarae_snprintf
#define vsnprintf tarae_vsnprintf
#define strlcpy   tarae_strlcpy
#define strlcat   tarae_strlcat
#include "lib/decimal.c"
#include "lib/format_float.c"
#include "lib/vsnprintf.c"
#undef snprintf
#undef vsnprintf

#define ROUNDS 100000

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wformat-truncation"
#pragma GCC diagnostic ignored "-Wformat-overflow"
#endif

/* Formats with both and compares text and length. */
#define SAME(fmt, ...)                                                                           \
	do {                                                                                     \
		static char host_text[20000], our_text[20000];                                   \
		int host = snprintf(host_text, sizeof(host_text), fmt, __VA_ARGS__);             \
		int ours = tarae_snprintf(our_text, sizeof(our_text), fmt, __VA_ARGS__);         \
		if (host != ours || strcmp(host_text, our_text) != 0) {                          \
			printf("line %d: \"%s\": expected %d \"%s\", got %d \"%s\"\n", __LINE__, \
			       fmt, host, host_text, ours, our_text);                            \
			exit(1);                                                                 \
		}                                                                                \
	} while (0)

/* "%-+08.3" and the like. */
static void random_spec(char *spec, const char *flags)
{
	char *p = spec;

	*p++ = '[';
	*p++ = '%';
	for (; *flags; flags++) {
		if (random_below(4) == 0)
			*p++ = *flags;
	}
	if (random_below(2))
		p += sprintf(p, "%u", 1 + random_below(30));
	if (random_below(2))
		p += sprintf(p, ".%u", random_below(25));
	*p = '\0';
}

static uint64_t random_value(void)
{
	return random_bits() >> random_below(64) << (random_below(4) ? 0 : random_below(64));
}

static void test_random_integer(void)
{
	static const char *const lengths[] = {"hh", "h", "", "l", "ll", "j", "z", "t"};
	const char *length = lengths[random_below(8)];
	char conversion = "diouxX"[random_below(6)];
	uint64_t value = random_value();
	char fmt[64];

	random_spec(fmt, "-+ #0");
	sprintf(fmt + strlen(fmt), "%s%c]", length, conversion);
	if (*length == '\0' || *length == 'h')
		SAME(fmt, (int)value);
	else
		SAME(fmt, value);
}

static void test_random_text(void)
{
	static const char *const texts[] = {"", "a", "hello", "a longer text of thirty letters"};
	const char *text = texts[random_below(4)];
	char fmt[64];
	int a = (int)random_below(30) - 10, b = (int)random_below(9) - 2;

	random_spec(fmt, "-");
	strcat(fmt, "s]");
	SAME(fmt, text);
	SAME("%*c|%-*c", a, 'x', b, 'y');
	SAME("%.*s|%*s", b, text, a, text);
}

static double power_of_ten(unsigned int n)
{
	double result = 1;

	while (n-- > 0)
		result *= 10;
	return result;
}

static double random_double(void)
{
	union {
		uint64_t bits;
		double value;
	} any;

	switch (random_below(4)) {
	case 0: /* any exponent, also infinities */
		any.bits = random_bits();
		return any.value;
	case 1: /* ties when rounded to few digits */
		return (double)((int)random_below(2000) - 1000) / 8;
	case 2:
		return (double)(int64_t)random_bits() / (double)(1 + random_below(1000000));
	default: /* many nines and zeros */
		return (1 - 1 / power_of_ten(random_below(20))) * power_of_ten(random_below(40)) /
		       power_of_ten(20);
	}
}

static void test_random_float(void)
{
	char conversion = "fFeEgG"[random_below(6)];
	double value = random_double();
	char fmt[64];

	/* The sign of a NaN is not specified. */
	if (value != value)
		value = 1;
	/* Some libraries lose digits with # when rounding makes a number longer. */
	random_spec(fmt, strchr("gG", conversion) ? "-+ 0" : "-+ #0");
	sprintf(fmt + strlen(fmt), "%c]", conversion);
	SAME(fmt, value);
	sprintf(fmt + strlen(fmt) - 2, "L%c]", conversion);
	SAME(fmt, (long double)value / 3);
}

static void test_edges(void)
{
	SAME("%d %d %ld %ld", INT_MIN, INT_MAX, LONG_MIN, LONG_MAX);
	SAME("%u %lu %x %lo", UINT_MAX, ULONG_MAX, 0xdeadbeefu, ULONG_MAX);
	SAME("%.0d|%.0x|%#.0o|%#o|%#x|%+.0d", 0, 0, 0, 0, 0, 0);
	SAME("%p|%20p|%-20p|%p", (void *)0x1234, (void *)0x5678, (void *)random_value, NULL);
	SAME("%s|%.3s|%10s", (char *)NULL, (char *)NULL, (char *)NULL);
	SAME("100%%|%c%c", 'a', 'b');
	SAME("%hhd %hhu %hd %hu", 300, 300, 70000, 70000);
	SAME("%f %e %g %f %e %g", 0.0, 0.0, 0.0, -0.0, -0.0, -0.0);
	SAME("%f %E %05g|%-8F|%+g", __builtin_inf(), -__builtin_inf(), __builtin_inf(),
	     __builtin_inf(), __builtin_inf());
	SAME("%.0f %.0f %.0f %.0f %.0f", 0.5, 1.5, 2.5, 3.5, -0.5);
	SAME("%.2f %.2f %.1f %.3g", 0.125, 0.375, 0.25, 0.0001235);
	SAME("%g %g %g %g %#g", 100000.0, 1000000.0, 0.0001, 0.00001, 1.0);
	SAME("%.1074f", 4.9406564584124654e-324);
	SAME("%.800e", DBL_MAX);
	SAME("%f", DBL_MAX);
	SAME("%.17g %.17g %.17g", DBL_MIN, DBL_MAX, DBL_EPSILON);
	SAME("%.30Lg %.30Lg %Lg", LDBL_MAX, LDBL_MIN, 1e-4940L);
	SAME("%.1000f|%1000.3f", 1.0 / 3, 1.0 / 3);
}

/* What is not understood appears as it stands. */
static void test_unknown(void)
{
	char text[40];

	assert(tarae_snprintf(text, sizeof(text), "a%yb%") == 5);
	assert(strcmp(text, "a%yb%") == 0);
	assert(tarae_snprintf(text, sizeof(text), "%-5lk%d", 7) == 6);
	assert(strcmp(text, "%-5lk7") == 0);
	tarae_snprintf(text, sizeof(text), "%#g %#.3g", 999999.99, 99.99);
	assert(strcmp(text, "1.00000e+06 100.") == 0);
}

static void test_cuts(void)
{
	static const char whole[] = "abc     42 xyz";

	for (size_t size = 0; size <= sizeof(whole) + 2; size++) {
		char *text = malloc(size);
		int length = tarae_snprintf(text, size, "abc%7d %s", 42, "xyz");

		assert(length == (int)strlen(whole));
		if (size > 0) {
			assert(strncmp(text, whole, size - 1) == 0);
			assert(text[size <= strlen(whole) ? size - 1 : strlen(whole)] == '\0');
		}
		free(text);
	}
	assert(tarae_snprintf(NULL, 0, "%d", 12345) == 5);
}

int main(void)
{
	random_start();
	test_edges();
	test_unknown();
	test_cuts();
	for (int i = 0; i < ROUNDS; i++) {
		test_random_integer();
		test_random_text();
		if (i % 4 == 0)
			test_random_float();
	}
	return 0;
}
