/* SPDX-License-Identifier: MIT */
/* Decimal numbers for floating-point conversion. See lib/decimal.h. */
#ifndef __TARAE_KERNEL__

#include "lib/decimal.h"

#include "lib/string.h"
#include "lib/util.h"

/* So far that 10 * 2^shift plus what is carried fits in 64 bits. */
#define SHIFT_LIMIT 59

static void drop_trailing_zeros(struct decimal *d)
{
	while (d->count > 0 && d->digits[d->count - 1] == 0)
		d->count--;
	if (d->count == 0)
		d->point = 0;
}

void decimal_append(struct decimal *d, int digit)
{
	if (d->count < DECIMAL_DIGITS)
		d->digits[d->count++] = (unsigned char)digit;
	else if (digit != 0)
		d->more = true;
}

void decimal_set(struct decimal *d, uint64_t value)
{
	uint64_t unit = UINT64_C(10000000000000000000);

	d->count = 0;
	d->point = 0;
	d->more = false;
	for (; unit > 0; unit /= 10) {
		int digit = (int)(value / unit % 10);

		if (digit || d->count > 0) {
			decimal_append(d, digit);
			d->point++;
		}
	}
	drop_trailing_zeros(d);
}

/* Puts the digits of `carry` in front of the others. */
static void prepend(struct decimal *d, uint64_t carry)
{
	unsigned char front[20];
	int n = 0;
	int kept;

	for (; carry > 0; carry /= 10)
		front[sizeof(front) - (size_t)++n] = (unsigned char)(carry % 10);
	kept = MIN(d->count, DECIMAL_DIGITS - n);
	for (int i = kept; i < d->count; i++)
		d->more |= d->digits[i] != 0;
	memmove(d->digits + n, d->digits, (size_t)kept);
	memcpy(d->digits, front + sizeof(front) - n, (size_t)n);
	d->count = kept + n;
	d->point += n;
}

/* As one multiplies on paper, from the last digit to the first. */
static void multiply(struct decimal *d, int shift)
{
	uint64_t carry = 0;

	for (int i = d->count - 1; i >= 0; i--) {
		carry += (uint64_t)d->digits[i] << shift;
		d->digits[i] = (unsigned char)(carry % 10);
		carry /= 10;
	}
	prepend(d, carry);
	drop_trailing_zeros(d);
}

/* As one divides on paper, from the first digit on and beyond the last until nothing remains. */
static void divide(struct decimal *d, int shift)
{
	uint64_t remainder = 0;
	uint64_t mask = (UINT64_C(1) << shift) - 1;
	int old_count = d->count;
	int from = 0;

	/* Digits that only make the quotient's first digit move the point. */
	while (remainder >> shift == 0) {
		remainder = remainder * 10 + (from < old_count ? d->digits[from] : 0);
		from++;
	}
	d->point -= from - 1;
	d->count = 0;
	/* What is written is always behind what is read. */
	for (;;) {
		decimal_append(d, (int)(remainder >> shift));
		remainder &= mask;
		if (from >= old_count && remainder == 0)
			break;
		remainder = remainder * 10 + (from < old_count ? d->digits[from] : 0);
		from++;
	}
	drop_trailing_zeros(d);
}

void decimal_shift(struct decimal *d, int shift)
{
	if (d->count == 0)
		return;
	while (shift > 0) {
		int step = MIN(shift, SHIFT_LIMIT);

		multiply(d, step);
		shift -= step;
	}
	while (shift < 0) {
		int step = MIN(-shift, SHIFT_LIMIT);

		divide(d, step);
		shift += step;
	}
}

int decimal_digit(const struct decimal *d, int i)
{
	return i >= 0 && i < d->count ? d->digits[i] : 0;
}

/* Should cutting after `count` digits (0 or more) round away from zero? */
static bool rounds_up(const struct decimal *d, int count)
{
	int next = decimal_digit(d, count);
	bool exactly_half = next == 5 && count + 1 >= d->count && !d->more;

	if (exactly_half)
		return decimal_digit(d, count - 1) % 2 != 0;
	return next >= 5;
}

void decimal_round(struct decimal *d, int count)
{
	bool up;

	if (count >= d->count)
		return;
	if (count < 0) {
		d->count = 0;
		d->point = 0;
		return;
	}
	up = rounds_up(d, count);
	d->count = count;
	d->more = false;
	if (up) {
		while (d->count > 0 && d->digits[d->count - 1] == 9)
			d->count--;
		if (d->count == 0) {
			/* 0.999 became 1 */
			d->digits[d->count++] = 1;
			d->point++;
			return;
		}
		d->digits[d->count - 1]++;
	}
	drop_trailing_zeros(d);
}

uint64_t decimal_to_integer(const struct decimal *d)
{
	uint64_t value = 0;

	for (int i = 0; i < d->point; i++)
		value = value * 10 + (uint64_t)decimal_digit(d, i);
	if (d->point >= 0 && rounds_up(d, d->point))
		value++;
	return value;
}

#endif
