/* SPDX-License-Identifier: MIT */
/* Text to integers, and integer arithmetic. Text to floating point is in strtod.c. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

/* What digits say before a type limits it. */
struct parsed {
	unsigned long magnitude; /* ULONG_MAX on overflow */
	bool negative;
	bool overflow;
};

static int digit_value(int c)
{
	if (isdigit(c))
		return c - '0';
	if (isalpha(c))
		return tolower(c) - 'a' + 10;
	return INT_MAX;
}

/* Base 0 means as in C: 0x is 16, 0 is 8, else 10. `*end` is `s` when there was no number. */
static struct parsed parse(const char *s, char **end, int base)
{
	struct parsed result = {0};
	const char *start = s;
	bool any = false;
	int digit;

	if (end)
		*end = (char *)start;
	if (base < 0 || base == 1 || base > 36) {
		errno = EINVAL;
		return result;
	}
	while (isspace((unsigned char)*s))
		s++;
	if (*s == '-' || *s == '+')
		result.negative = *s++ == '-';
	if ((base == 0 || base == 16) && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') &&
	    isxdigit((unsigned char)s[2])) {
		s += 2;
		base = 16;
	}
	if (base == 0)
		base = *s == '0' ? 8 : 10;

	for (; (digit = digit_value((unsigned char)*s)) < base; s++) {
		any = true;
		if (__builtin_mul_overflow(result.magnitude, base, &result.magnitude) ||
		    __builtin_add_overflow(result.magnitude, digit, &result.magnitude))
			result.overflow = true;
	}
	if (any && end)
		*end = (char *)s;
	if (result.overflow)
		result.magnitude = ULONG_MAX;
	return result;
}

unsigned long strtoul(const char *restrict s, char **restrict end, int base)
{
	struct parsed number = parse(s, end, base);

	if (number.overflow) {
		errno = ERANGE;
		return ULONG_MAX;
	}
	/* ISO C: a minus sign negates in the unsigned type. */
	return number.negative ? -number.magnitude : number.magnitude;
}

long strtol(const char *restrict s, char **restrict end, int base)
{
	struct parsed number = parse(s, end, base);
	unsigned long limit = number.negative ? -(unsigned long)LONG_MIN : LONG_MAX;

	if (number.magnitude > limit) {
		errno = ERANGE;
		return number.negative ? LONG_MIN : LONG_MAX;
	}
	return (long)(number.negative ? -number.magnitude : number.magnitude);
}

long long strtoll(const char *restrict s, char **restrict end, int base)
{
	return strtol(s, end, base);
}

unsigned long long strtoull(const char *restrict s, char **restrict end, int base)
{
	return strtoul(s, end, base);
}

intmax_t strtoimax(const char *restrict s, char **restrict end, int base)
{
	return strtol(s, end, base);
}

uintmax_t strtoumax(const char *restrict s, char **restrict end, int base)
{
	return strtoul(s, end, base);
}

int atoi(const char *s)
{
	return (int)strtol(s, NULL, 10);
}

long atol(const char *s)
{
	return strtol(s, NULL, 10);
}

long long atoll(const char *s)
{
	return strtol(s, NULL, 10);
}

int abs(int value)
{
	return value < 0 ? -value : value;
}

long labs(long value)
{
	return value < 0 ? -value : value;
}

long long llabs(long long value)
{
	return value < 0 ? -value : value;
}

div_t div(int a, int b)
{
	return (div_t){a / b, a % b};
}

ldiv_t ldiv(long a, long b)
{
	return (ldiv_t){a / b, a % b};
}
