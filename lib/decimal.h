/* SPDX-License-Identifier: MIT */
/*
 * Decimal numbers of up to 800 digits, multiplied and divided by powers of two: what is needed to
 * turn binary floating point into text and back without any rounding but the one asked for. Not
 * in the kernel, which has no floating point.
 *
 * A double has at most 767 significant digits and is exact. A long double can have more; what
 * goes beyond 800 is cut, and remembered as "a little more" so that rounding is still right.
 */
#ifndef LIB_DECIMAL_H
#define LIB_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#define DECIMAL_DIGITS 800

/* 0.d1d2d3... times 10^point; d1 is not 0, nor is the last. No digits: zero. */
struct decimal {
	int count;
	int point;
	bool more; /* something other than zeros was cut off */
	unsigned char digits[DECIMAL_DIGITS];
};

/* Makes `d` the integer `value`. */
void decimal_set(struct decimal *d, uint64_t value);

/* Appends a digit, as when reading "d1d2d3" from left to right. Does not move the point. */
void decimal_append(struct decimal *d, int digit);

/* Multiplies by 2^shift, which may be negative. */
void decimal_shift(struct decimal *d, int shift);

/* Rounds to `count` digits, to nearest, halves to even; `count` may be 0 or negative. */
void decimal_round(struct decimal *d, int count);

/* The integer nearest to `d`, halves to even; `d` must be below 2^64. */
uint64_t decimal_to_integer(const struct decimal *d);

/* Digit `i` from the left; 0 beyond either end. */
int decimal_digit(const struct decimal *d, int i);

#endif
