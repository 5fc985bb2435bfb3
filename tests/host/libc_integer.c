/* SPDX-License-Identifier: MIT */
/* Text to integers against the host's C library: values, where they end, errno. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/random.h"

#define strtol    tarae_strtol
#define strtoul   tarae_strtoul
#define strtoll   tarae_strtoll
#define strtoull  tarae_strtoull
#define strtoimax tarae_strtoimax
#define strtoumax tarae_strtoumax
#define atoi      tarae_atoi
#define atol      tarae_atol
#define atoll     tarae_atoll
#define abs       tarae_abs
#define labs      tarae_labs
#define llabs     tarae_llabs
#define div       tarae_div
#define ldiv      tarae_ldiv
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "user/libc/number.c"
#undef strtol
#undef strtoul

#define ROUNDS 300000

static void compare(const char *s, int base)
{
	char *expected_end = NULL, *end = NULL;
	int expected_errno;
	unsigned long expected_u, actual_u;
	long expected, actual;

	errno = 0;
	expected = strtol(s, &expected_end, base);
	expected_errno = errno;
	errno = 0;
	actual = tarae_strtol(s, &end, base);
	if (actual != expected || end != expected_end || errno != expected_errno) {
		printf("strtol(\"%s\", %d): expected %ld, %d used, errno %d; "
		       "got %ld, %d used, errno %d\n",
		       s, base, expected, (int)(expected_end - s), expected_errno, actual,
		       (int)(end - s), errno);
		exit(1);
	}

	errno = 0;
	expected_u = strtoul(s, &expected_end, base);
	expected_errno = errno;
	errno = 0;
	actual_u = tarae_strtoul(s, &end, base);
	if (actual_u != expected_u || end != expected_end || errno != expected_errno) {
		printf("strtoul(\"%s\", %d): expected %lu, %d used, errno %d; "
		       "got %lu, %d used, errno %d\n",
		       s, base, expected_u, (int)(expected_end - s), expected_errno, actual_u,
		       (int)(end - s), errno);
		exit(1);
	}
}

static void test_random(void)
{
	static const char letters[] = " +-0001279afxXzZ_";
	char s[32];
	size_t length = random_below(26);

	for (size_t i = 0; i < length; i++)
		s[i] = letters[random_below(i < 4 ? sizeof(letters) - 1 : 13)];
	s[length] = '\0';
	compare(s, random_below(3) ? 2 + (int)random_below(35) : 0);
}

static void test_edges(void)
{
	static const char *const texts[] = {
		"",
		" ",
		"-",
		"+",
		"0",
		"-0",
		"0x",
		"0X",
		"0xg",
		"0x1g",
		"08",
		"00",
		"+-1",
		"- 1",
		"\t\n\v\f\r 12",
		"9223372036854775807",
		"9223372036854775808",
		"-9223372036854775808",
		"-9223372036854775809",
		"18446744073709551615",
		"18446744073709551616",
		"-18446744073709551615",
		"-18446744073709551616",
		"7fffffffffffffff",
		"8000000000000000",
		"-8000000000000000",
		"zz",
		"1777777777777777777777",
		"99999999999999999999999999x",
		"-99999999999999999999999999x",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (int base = 0; base <= 36; base++) {
			if (base != 1)
				compare(texts[i], base);
		}
	}
	errno = 0;
	assert(tarae_strtol("1", NULL, 1) == 0 && errno == EINVAL);
	errno = 0;
	assert(tarae_strtol("1", NULL, 37) == 0 && errno == EINVAL);
}

int main(void)
{
	random_start();
	test_edges();
	for (int i = 0; i < ROUNDS; i++)
		test_random();
	return 0;
}
