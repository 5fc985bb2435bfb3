/* SPDX-License-Identifier: MIT */
/*
 * Conversions of floating point: %f %F %e %E %g %G, with L. Exact: the value, mantissa times a
 * power of two, is made a decimal number with all its digits and rounded once, where the format
 * says. Not in the kernel.
 */
#ifndef __TARAE_KERNEL__

#include "lib/decimal.h"
#include "lib/format.h"
#include "lib/string.h"
#include "lib/util.h"

#define DEFAULT_PRECISION 6

/* The x87 extended format (Intel SDM volume 1, 4.2.2): value = mantissa * 2^(exponent - 16446). */
union extended {
	long double value;
	struct {
		uint64_t mantissa;
		uint16_t exponent : 15;
		uint16_t negative : 1;
	};
};

#define EXPONENT_SPECIAL 0x7fff /* infinity or not a number */
#define EXPONENT_BIAS    (16383 + 63)

static void decimal_set_extended(struct decimal *d, const union extended *parts)
{
	/* The smallest exponent is shared with the numbers below it. */
	int exponent = parts->exponent ? parts->exponent : 1;

	decimal_set(d, parts->mantissa);
	decimal_shift(d, exponent - EXPONENT_BIAS);
}

/* Writes the digits at places [from, to) of `d`, counted from its first digit. */
static void write_digits(struct format_sink *sink, const struct decimal *d, int from, int to)
{
	for (; from < to && from < d->count; from++) {
		char c = (char)('0' + decimal_digit(d, from));

		format_write(sink, &c, 1);
	}
	format_fill(sink, '0', to - from);
}

/* "e+05": returns its length. */
static int exponent_text(char text[8], char letter, int exponent)
{
	return snprintf(text, 8, "%c%c%02d", letter, exponent < 0 ? '-' : '+',
			exponent < 0 ? -exponent : exponent);
}

/*
 * Writes one field: sign, `whole` digits and `fraction` digits of `d` from place `start` on
 * (which is negative for leading zeros), and `exponent` as text.
 */
static void write_number(struct format_sink *sink, const struct format_spec *spec, const char *sign,
			 const struct decimal *d, int start, int whole, int fraction,
			 const char *exponent)
{
	bool point = fraction > 0 || spec->alternate;
	long length = (long)strlen(sign) + whole + point + fraction + (long)strlen(exponent);
	long fill = spec->width - length;

	if (!spec->left && !spec->zero)
		format_fill(sink, ' ', fill);
	format_write(sink, sign, strlen(sign));
	if (!spec->left && spec->zero)
		format_fill(sink, '0', fill);
	write_digits(sink, d, start, start + whole);
	format_write(sink, ".", point);
	write_digits(sink, d, start + whole, start + whole + fraction);
	format_write(sink, exponent, strlen(exponent));
	if (spec->left)
		format_fill(sink, ' ', fill);
}

/* ddd.ddd: `d` is already rounded. */
static void format_fixed(struct format_sink *sink, const struct format_spec *spec, const char *sign,
			 const struct decimal *d, int precision)
{
	/* At least one digit stands before the point, if only a zero. */
	int whole = MAX(d->point, 1);

	write_number(sink, spec, sign, d, d->point - whole, whole, precision, "");
}

/* d.ddde+dd */
static void format_scientific(struct format_sink *sink, const struct format_spec *spec,
			      const char *sign, const struct decimal *d, int precision)
{
	char letter = spec->conversion == 'E' || spec->conversion == 'G' ? 'E' : 'e';
	char exponent[8];

	exponent_text(exponent, letter, d->count ? d->point - 1 : 0);
	write_number(sink, spec, sign, d, 0, 1, precision, exponent);
}

/* The shorter of the two, without trailing zeros; `significant` digits, at least 1. */
static void format_general(struct format_sink *sink, const struct format_spec *spec,
			   const char *sign, struct decimal *d, int significant)
{
	int shown = significant;
	int exponent;

	decimal_round(d, significant);
	exponent = d->count ? d->point - 1 : 0;
	if (!spec->alternate)
		shown = MIN(significant, MAX(d->count, 1));
	if (exponent >= -4 && exponent < significant)
		format_fixed(sink, spec, sign, d, MAX(shown - 1 - exponent, 0));
	else
		format_scientific(sink, spec, sign, d, shown - 1);
}

static void format_special(struct format_sink *sink, const struct format_spec *spec,
			   const char *sign, bool infinite)
{
	bool upper = spec->conversion >= 'A' && spec->conversion <= 'Z';
	const char *text = infinite ? (upper ? "INF" : "inf") : (upper ? "NAN" : "nan");

	format_field(sink, spec, sign, text, 3, false);
}

void format_float(struct format_sink *sink, const struct format_spec *spec, long double value)
{
	union extended parts = {.value = value};
	const char *sign = parts.negative ? "-" : spec->plus ? "+" : spec->space ? " " : "";
	int precision = spec->precision < 0 ? DEFAULT_PRECISION : spec->precision;
	struct decimal d;

	if (parts.exponent == EXPONENT_SPECIAL) {
		format_special(sink, spec, sign, parts.mantissa << 1 == 0);
		return;
	}
	decimal_set_extended(&d, &parts);
	switch (spec->conversion) {
	case 'f':
	case 'F':
		decimal_round(&d, d.point + precision);
		format_fixed(sink, spec, sign, &d, precision);
		break;
	case 'e':
	case 'E':
		decimal_round(&d, 1 + precision);
		format_scientific(sink, spec, sign, &d, precision);
		break;
	default:
		format_general(sink, spec, sign, &d, MAX(precision, 1));
	}
}

#endif
