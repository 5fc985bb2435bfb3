/* SPDX-License-Identifier: MIT */
/*
 * Text to floating point, correctly rounded: the digits are read into an exact decimal number,
 * which is doubled or halved until it lies between 1/2 and 1, counting the steps as the binary
 * exponent; then its first 24, 53 or 64 bits are rounded off. No hexadecimal notation.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/decimal.h"
#include "lib/util.h"

/* A binary format: how many bits, and the exponents of the lowest bit. */
struct binary_format {
	int bits;
	int exponent_min; /* also of numbers too small to have all bits */
	int exponent_max;
};

static const struct binary_format format_float = {24, -149, 104};
static const struct binary_format format_double = {53, -1074, 971};
static const struct binary_format format_extended = {64, -16445, 16320};

enum kind { KIND_NUMBER, KIND_INFINITY, KIND_NAN };

struct parsed {
	enum kind kind;
	bool negative;
	/* KIND_NUMBER: mantissa * 2^exponent */
	uint64_t mantissa;
	int exponent;
	bool exact;
};

/* Reads the digits and the point; returns where they end, or NULL if there is no digit. */
static const char *parse_digits(const char *s, struct decimal *d)
{
	bool any = false;
	bool after_point = false;

	d->count = 0;
	d->point = 0;
	d->more = false;
	for (; isdigit((unsigned char)*s) || (*s == '.' && !after_point); s++) {
		if (*s == '.') {
			after_point = true;
			continue;
		}
		any = true;
		if (d->count == 0 && *s == '0') {
			/* A leading zero: it counts only for the point. */
			d->point -= after_point;
			continue;
		}
		decimal_append(d, *s - '0');
		d->point += !after_point;
	}
	while (d->count > 0 && d->digits[d->count - 1] == 0)
		d->count--;
	return any ? s : NULL;
}

/* Reads "e-12", if it is there, into the point of `d`. */
static const char *parse_exponent(const char *s, struct decimal *d)
{
	const char *p = s + 1;
	bool negative = false;
	int exponent = 0;

	if (*s != 'e' && *s != 'E')
		return s;
	if (*p == '+' || *p == '-')
		negative = *p++ == '-';
	if (!isdigit((unsigned char)*p))
		return s;
	for (; isdigit((unsigned char)*p); p++) {
		if (exponent < 100000)
			exponent = exponent * 10 + (*p - '0');
	}
	d->point += negative ? -exponent : exponent;
	return p;
}

/* How far to shift so that a number below 10^digits does not fall below 1/10: 2^3 < 10. */
static int safe_shift(int digits)
{
	return MIN(MAX(3 * digits, 1), 59);
}

static void to_binary(struct decimal *d, const struct binary_format *format, struct parsed *result)
{
	int exponent = 0;
	int bits = format->bits;

	result->exact = d->count == 0;
	if (d->count == 0 || d->point < -5100)
		return;
	if (d->point > 5100) {
		result->kind = KIND_INFINITY;
		return;
	}
	while (d->point > 0) {
		int shift = safe_shift(d->point);

		decimal_shift(d, -shift);
		exponent += shift;
	}
	while (d->point < 0 || decimal_digit(d, 0) < 5) {
		int shift = safe_shift(-d->point);

		decimal_shift(d, shift);
		exponent -= shift;
	}

	result->exponent = exponent - bits;
	if (result->exponent < format->exponent_min) {
		bits -= format->exponent_min - result->exponent;
		result->exponent = format->exponent_min;
	}
	decimal_shift(d, bits);
	result->mantissa = decimal_to_integer(d);
	result->exact = d->count <= d->point && !d->more;
	/* All ones were rounded up to one bit more; of 64 bits that one is lost. */
	if (format->bits == 64 ? bits == 64 && result->mantissa == 0
			       : result->mantissa >> format->bits) {
		result->mantissa = UINT64_C(1) << (format->bits - 1);
		result->exponent++;
	}
	if (result->exponent > format->exponent_max)
		result->kind = KIND_INFINITY;
}

/* "inf", "infinity", "nan", "nan(...)": returns where it ends, or NULL if it is none of them. */
static const char *parse_word(const char *s, struct parsed *result)
{
	if (strncasecmp(s, "inf", 3) == 0) {
		result->kind = KIND_INFINITY;
		return s + (strncasecmp(s, "infinity", 8) == 0 ? 8 : 3);
	}
	if (strncasecmp(s, "nan", 3) == 0) {
		const char *p = s + 4;

		result->kind = KIND_NAN;
		if (s[3] != '(')
			return s + 3;
		while (isalnum((unsigned char)*p) || *p == '_')
			p++;
		return *p == ')' ? p + 1 : s + 3;
	}
	return NULL;
}

static struct parsed parse(const char *s, char **end, const struct binary_format *format)
{
	struct parsed result = {.kind = KIND_NUMBER};
	const char *p = s;
	const char *after;
	struct decimal d;

	while (isspace((unsigned char)*p))
		p++;
	if (*p == '+' || *p == '-')
		result.negative = *p++ == '-';
	after = parse_digits(p, &d);
	if (after) {
		after = parse_exponent(after, &d);
		to_binary(&d, format, &result);
		/* Too large; or so small that fewer bits than usual had to do. */
		if (result.kind == KIND_INFINITY ||
		    (!result.exact && result.mantissa >> (format->bits - 1) == 0))
			errno = ERANGE;
	} else {
		after = parse_word(p, &result);
		result.negative &= after != NULL;
	}
	if (end)
		*end = (char *)(after ? after : s);
	return result;
}

/* A double of at most 53 bits of mantissa, which loses none of them. */
static double assemble_double(const struct parsed *number)
{
	union {
		uint64_t bits;
		double value;
	} result = {.bits = number->mantissa};
	bool normal = number->mantissa >> 52 != 0;

	if (number->kind == KIND_INFINITY)
		result.value = __builtin_inf();
	else if (number->kind == KIND_NAN)
		result.value = __builtin_nan("");
	else if (normal)
		result.bits += (uint64_t)(number->exponent + 1074) << 52;
	result.bits |= (uint64_t)number->negative << 63;
	return result.value;
}

double strtod(const char *restrict s, char **restrict end)
{
	struct parsed number = parse(s, end, &format_double);

	return assemble_double(&number);
}

float strtof(const char *restrict s, char **restrict end)
{
	struct parsed number = parse(s, end, &format_float);

	/* Widen the mantissa to what a double wants; the value stays. */
	if (number.mantissa) {
		int shift = __builtin_clzl(number.mantissa) - 11;

		number.mantissa <<= shift;
		number.exponent -= shift;
	}
	return (float)assemble_double(&number);
}

long double strtold(const char *restrict s, char **restrict end)
{
	struct parsed number = parse(s, end, &format_extended);
	union {
		struct {
			uint64_t mantissa;
			uint16_t exponent : 15;
			uint16_t negative : 1;
		};
		long double value;
	} result = {.mantissa = number.mantissa};

	if (number.kind == KIND_INFINITY)
		result.value = __builtin_infl();
	else if (number.kind == KIND_NAN)
		result.value = __builtin_nanl("");
	else if (number.mantissa >> 63)
		result.exponent = (uint16_t)(number.exponent + 16446) & 0x7fff;
	result.negative = number.negative;
	return result.value;
}

double atof(const char *s)
{
	return strtod(s, NULL);
}
