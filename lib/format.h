/* SPDX-License-Identifier: MIT */
/* What lib/vsnprintf.c and lib/format_float.c share: one conversion as parsed from the format. */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/vsnprintf.h"

/* The kernel build leaves floating point out: its code must not touch the FPU's registers. */
#ifndef __TARAE_KERNEL__
#define LIB_FLOAT 1
#endif

struct format_spec {
	bool left;      /* -  fill on the right */
	bool plus;      /* +  sign always */
	bool space;     /* space where a + would be */
	bool alternate; /* #  0x, 0, or a decimal point always */
	bool zero;      /* 0  fill with zeros after the sign */
	int width;
	int precision; /* -1: not given */
	char conversion;
};

/*
 * Writes `prefix` (a sign, 0x) and `body` filled up to spec->width: by spaces, or by zeros
 * between the two when `zero_fill`.
 */
void format_field(struct format_sink *sink, const struct format_spec *spec, const char *prefix,
		  const char *body, size_t length, bool zero_fill);

/* `n` times `c`; nothing when n <= 0. */
void format_fill(struct format_sink *sink, char c, long n);

#ifdef LIB_FLOAT
/* Conversions f F e E g G. */
void format_float(struct format_sink *sink, const struct format_spec *spec, long double value);
#endif

#endif
