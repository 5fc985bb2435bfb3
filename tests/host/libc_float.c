/* SPDX-License-Identifier: MIT */
/* Text to floating point against the host's C library, bit for bit. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/host/random.h"

#define strtod  tarae_strtod
#define strtof  tarae_strtof
#define strtold tarae_strtold
#define atof    tarae_atof
#define strlcpy tarae_strlcpy
#define strlcat tarae_strlcat
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "lib/decimal.c"
#include "user/libc/strtod.c"
#undef strtod
#undef strtof
#undef strtold

#define ROUNDS 40000

/* Compares the three widths; a long double's ten bytes, not its padding. */
static void compare(const char *s)
{
	char *end[6];
	int error[6];
	float f[2];
	double d[2];
	long double l[2];

	errno = 0, f[0] = strtof(s, &end[0]), error[0] = errno;
	errno = 0, f[1] = tarae_strtof(s, &end[1]), error[1] = errno;
	errno = 0, d[0] = strtod(s, &end[2]), error[2] = errno;
	errno = 0, d[1] = tarae_strtod(s, &end[3]), error[3] = errno;
	errno = 0, l[0] = strtold(s, &end[4]), error[4] = errno;
	errno = 0, l[1] = tarae_strtold(s, &end[5]), error[5] = errno;
	for (int i = 0; i < 6; i += 2) {
		if (end[i] != end[i + 1] || error[i] != error[i + 1]) {
			printf("\"%s\" (%d): expected %d used, errno %d; got %d used, errno %d\n",
			       s, i, (int)(end[i] - s), error[i], (int)(end[i + 1] - s),
			       error[i + 1]);
			exit(1);
		}
	}
	if (d[0] != d[0] && f[1] != f[1] && d[1] != d[1] && l[1] != l[1])
		return;
	if (memcmp(&f[0], &f[1], 4) != 0 || memcmp(&d[0], &d[1], 8) != 0 ||
	    memcmp(&l[0], &l[1], 10) != 0) {
		printf("\"%s\": expected %a %a %La, got %a %a %La\n", s, f[0], d[0], l[0], f[1],
		       d[1], l[1]);
		exit(1);
	}
}

static void random_digits(char *s, unsigned int most)
{
	size_t used = strlen(s);
	unsigned int n = random_below(most);

	for (unsigned int i = 0; i < n; i++)
		s[used++] = "0000123456789999"[random_below(16)];
	s[used] = '\0';
}

static void test_random(void)
{
	char s[200] = "";

	if (random_below(4) == 0)
		strcat(s, "-");
	random_digits(s, random_below(10) ? 22 : 60);
	if (random_below(3))
		strcat(s, ".");
	random_digits(s, random_below(10) ? 22 : 60);
	if (random_below(2))
		sprintf(s + strlen(s), "e%d",
			random_below(4) ? (int)random_below(80) - 40
					: (int)random_below(720) - 360);
	compare(s);
}

union any_double {
	uint64_t bits;
	double value;
};

/* Makes "1.25e3" into "1.25000...0001e3". */
static void add_digit(char *s)
{
	char *e = strchr(s, 'e');

	memmove(e + 101, e, strlen(e) + 1);
	memset(e, '0', 100);
	e[100] = '1';
}

/* Numbers that exist, and those halfway between two of them. */
static void test_halfway(void)
{
	union any_double any = {.bits = random_bits() >> (random_below(4) ? 1 : 12)};
	union any_double next = {.bits = any.bits + 1};
	char s[1200];

	if (any.bits >> 52 >= 0x7fe)
		return;
	snprintf(s, sizeof(s), "%.17g", any.value);
	compare(s);
	snprintf(s, sizeof(s), "%.800Lg", ((long double)any.value + next.value) / 2);
	compare(s);
	snprintf(s, sizeof(s), "%.800g", (double)(float)any.value);
	compare(s);
	/* A little above, told apart by a digit so far to the right that it is not kept. */
	snprintf(s, sizeof(s), "%.790Le", ((long double)any.value + next.value) / 2);
	add_digit(s);
	compare(s);
	snprintf(s, sizeof(s), "%.790e", any.value);
	add_digit(s);
	compare(s);
}

int main(void)
{
	static const char *const texts[] = {
		"",
		".",
		"e5",
		".e5",
		"-",
		"+.5",
		"5.",
		"5.e",
		"5.e+",
		"5e+3x",
		"  12",
		"0",
		"-0",
		"0e9999",
		"0.000",
		"1e400",
		"-1e400",
		"1e-400",
		"1e5000",
		"1e-5000",
		"1e99999999999",
		"1e-99999999999",
		"4.9e-324",
		"2.4703282292062327e-324",
		"2.4703282292062328e-324",
		"2.2250738585072011e-308",
		"2.2250738585072014e-308",
		"1.7976931348623157e308",
		"1.7976931348623158e308",
		"1.7976931348623159e308",
		"3.4028235e38",
		"3.4028236e38",
		"1.4e-45",
		"0.7e-45",
		"0.70065e-45",
		"1.18973149535723176502e+4932",
		"1.18973149535723176509e+4932",
		"3.6e-4951",
		"1.8e-4951",
		"18446744073709551615",
		"18446744073709551616",
		"9007199254740993",
		"inf",
		"-INFINITY",
		"infinit",
		"nan",
		"nan(12)",
		"nan(",
		"NaNx",
		"1e",
		"1e-",
		"00000000000000000000000000000000000001",
	};

	random_start();
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		compare(texts[i]);
	for (int i = 0; i < ROUNDS; i++) {
		test_random();
		if (i % 32 == 0)
			test_halfway();
	}
	return 0;
}
