/* SPDX-License-Identifier: MIT */
/*
 * Formatted input. Conversions d i u o x X p c s [ n % and, for floating point, f e g; with *, a
 * width, and the lengths hh h l ll j z t L. A string is scanned as a stream whose buffer it is.
 */
#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "lib/util.h"

#define NUMBER_LIMIT 127 /* characters of one number that are looked at */

/* The size of what an argument points to; a long long is a long. */
enum length { LENGTH_CHAR, LENGTH_SHORT, LENGTH_INT, LENGTH_LONG, LENGTH_LONG_DOUBLE };

struct scan {
	FILE *stream;
	int consumed;
	int stored; /* conversions that gave something */
	va_list arguments;
};

/* One conversion as parsed from the format. */
struct directive {
	bool discard; /* * */
	int width;
	enum length length;
	char conversion;
};

static int peek(struct scan *scan)
{
	return file_peek(scan->stream);
}

static void advance(struct scan *scan)
{
	scan->stream->position++;
	scan->consumed++;
}

static void skip_space(struct scan *scan)
{
	while (isspace(peek(scan)))
		advance(scan);
}

/* Takes the next character if it is `c`. */
static bool match(struct scan *scan, int c)
{
	if (peek(scan) != c)
		return false;
	advance(scan);
	return true;
}

static const char *parse_directive(const char *p, struct directive *directive)
{
	*directive = (struct directive){.length = LENGTH_INT};
	if (*p == '*') {
		directive->discard = true;
		p++;
	}
	for (; isdigit((unsigned char)*p); p++) {
		if (directive->width < INT_MAX / 10 - 1)
			directive->width = directive->width * 10 + (*p - '0');
	}
	switch (*p) {
	case 'h':
		directive->length = p[1] == 'h' ? LENGTH_CHAR : LENGTH_SHORT;
		p += p[1] == 'h' ? 2 : 1;
		break;
	case 'l':
		directive->length = LENGTH_LONG;
		p += p[1] == 'l' ? 2 : 1;
		break;
	case 'j':
	case 'z':
	case 't':
		directive->length = LENGTH_LONG;
		p++;
		break;
	case 'L':
		directive->length = LENGTH_LONG_DOUBLE;
		p++;
		break;
	}
	directive->conversion = *p;
	return *p ? p + 1 : p;
}

static void store_integer(struct scan *scan, const struct directive *directive, unsigned long value)
{
	void *to = va_arg(scan->arguments, void *);

	switch (directive->length) {
	case LENGTH_CHAR:
		*(unsigned char *)to = (unsigned char)value;
		break;
	case LENGTH_SHORT:
		*(unsigned short *)to = (unsigned short)value;
		break;
	case LENGTH_INT:
		*(unsigned int *)to = (unsigned int)value;
		break;
	default:
		*(unsigned long *)to = value;
	}
}

/* A number's characters as they are collected. */
struct number_text {
	char text[NUMBER_LIMIT + 1];
	int length;
	int limit; /* the directive's width */
};

static struct number_text number_text_for(const struct directive *directive)
{
	int width = directive->width ? directive->width : NUMBER_LIMIT;

	return (struct number_text){.limit = MIN(width, NUMBER_LIMIT)};
}

/* Takes the next character if it is one of `set`; '\0' is in no set. */
static bool collect(struct scan *scan, struct number_text *number, const char *set)
{
	int c;

	/* Past the width nothing is looked at: on a terminal that would wait. */
	if (number->length == number->limit)
		return false;
	c = peek(scan);
	if (c <= 0 || !strchr(set, c))
		return false;
	number->text[number->length++] = (char)c;
	advance(scan);
	return true;
}

static int base_of(char conversion)
{
	switch (conversion) {
	case 'i':
		return 0;
	case 'o':
		return 8;
	case 'x':
	case 'X':
	case 'p':
		return 16;
	default:
		return 10;
	}
}

static bool scan_integer(struct scan *scan, const struct directive *directive)
{
	struct number_text number = number_text_for(directive);
	int base = base_of(directive->conversion);
	const char *digits;
	unsigned long value;
	char *end;

	collect(scan, &number, "+-");
	if ((base == 0 || base == 16) && collect(scan, &number, "0")) {
		if (collect(scan, &number, "xX"))
			base = 16;
		else if (base == 0)
			base = 8;
	}
	digits = base == 16 ? "0123456789abcdefABCDEF" : base == 8 ? "01234567" : "0123456789";
	while (collect(scan, &number, digits))
		;
	number.text[number.length] = '\0';
	if (directive->conversion == 'd' || directive->conversion == 'i')
		value = (unsigned long)strtol(number.text, &end, base);
	else
		value = strtoul(number.text, &end, base);
	if (end == number.text)
		return false;
	if (!directive->discard)
		store_integer(scan, directive, value);
	return true;
}

static bool scan_float(struct scan *scan, const struct directive *directive)
{
	struct number_text number = number_text_for(directive);
	long double value;
	char *end;

	collect(scan, &number, "+-");
	if (collect(scan, &number, "iInN")) {
		while (collect(scan, &number, "nfitayNFITAY"))
			;
	} else {
		while (collect(scan, &number, "0123456789"))
			;
		collect(scan, &number, ".");
		while (collect(scan, &number, "0123456789"))
			;
		if (number.length > 0 && collect(scan, &number, "eE")) {
			collect(scan, &number, "+-");
			while (collect(scan, &number, "0123456789"))
				;
		}
	}
	number.text[number.length] = '\0';

	/* Rounded once, to the type that is wanted. */
	if (directive->length == LENGTH_LONG_DOUBLE)
		value = strtold(number.text, &end);
	else if (directive->length == LENGTH_LONG)
		value = strtod(number.text, &end);
	else
		value = strtof(number.text, &end);
	if (end == number.text)
		return false;
	if (directive->discard)
		return true;
	if (directive->length == LENGTH_LONG_DOUBLE)
		*va_arg(scan->arguments, long double *) = value;
	else if (directive->length == LENGTH_LONG)
		*va_arg(scan->arguments, double *) = (double)value;
	else
		*va_arg(scan->arguments, float *) = (float)value;
	return true;
}

/* The set of %[...]: `p` is after the [; returns where the format goes on. */
static const char *parse_set(const char *p, bool accepted[256])
{
	bool inverted = *p == '^';

	p += inverted;
	memset(accepted, inverted, 256);
	/* A ] in the first place is a member. */
	do {
		unsigned char first = (unsigned char)*p;
		unsigned char last = first;

		if (*p == '\0')
			return p;
		if (p[1] == '-' && p[2] != ']' && p[2] != '\0') {
			last = (unsigned char)p[2];
			p += 2;
		}
		for (int c = first; c <= last; c++)
			accepted[c] = !inverted;
		p++;
	} while (*p != ']');
	return p + 1;
}

/* Takes characters while they are accepted; `terminate` adds a NUL. */
static bool scan_characters(struct scan *scan, const struct directive *directive,
			    const bool accepted[256], int width, bool terminate)
{
	char *to = directive->discard ? NULL : va_arg(scan->arguments, char *);
	int n = 0;
	int c;

	while (n < width && (c = peek(scan)) != EOF && accepted[c]) {
		if (to)
			to[n] = (char)c;
		n++;
		advance(scan);
	}
	if (to && terminate)
		to[n] = '\0';
	return terminate ? n > 0 : n == width;
}

static bool scan_text(struct scan *scan, const struct directive *directive, const char **format)
{
	int width = directive->width ? directive->width : INT_MAX;
	bool accepted[256];

	switch (directive->conversion) {
	case 'c':
		memset(accepted, true, sizeof(accepted));
		return scan_characters(scan, directive, accepted,
				       directive->width ? directive->width : 1, false);
	case '[':
		*format = parse_set(*format, accepted);
		return scan_characters(scan, directive, accepted, width, true);
	default:
		for (int c = 0; c < 256; c++)
			accepted[c] = !isspace(c);
		return scan_characters(scan, directive, accepted, width, true);
	}
}

/* One conversion; false when the input does not match. */
static bool scan_conversion(struct scan *scan, const struct directive *directive,
			    const char **format)
{
	switch (directive->conversion) {
	case 'd':
	case 'i':
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		return scan_integer(scan, directive);
	case 'p': {
		struct directive pointer = *directive;

		pointer.length = LENGTH_LONG;
		return scan_integer(scan, &pointer);
	}
	case 'f':
	case 'F':
	case 'e':
	case 'E':
	case 'g':
	case 'G':
		return scan_float(scan, directive);
	case 's':
	case 'c':
	case '[':
		return scan_text(scan, directive, format);
	default:
		return false;
	}
}

/* What stands after a %; false when scanning must end. */
static bool scan_directive(struct scan *scan, const char **format)
{
	struct directive directive;

	*format = parse_directive(*format, &directive);
	if (directive.conversion == 'n') {
		store_integer(scan, &directive, (unsigned long)scan->consumed);
		return true;
	}
	if (!strchr("c[", directive.conversion))
		skip_space(scan);
	if (directive.conversion == '%')
		return match(scan, '%');
	if (peek(scan) == EOF) {
		/* The input ended before anything was converted: a different answer from 0. */
		if (scan->stored == 0)
			scan->stored = EOF;
		return false;
	}
	if (!scan_conversion(scan, &directive, format))
		return false;
	scan->stored += !directive.discard;
	return true;
}

int vfscanf(FILE *restrict stream, const char *restrict fmt, va_list arguments)
{
	struct scan scan = {.stream = stream};
	const char *next = fmt;

	va_copy(scan.arguments, arguments);
	flockfile(stream);
	while (*next) {
		char c = *next++;

		if (isspace((unsigned char)c)) {
			skip_space(&scan);
		} else if (c == '%') {
			if (!scan_directive(&scan, &next))
				break;
		} else if (!match(&scan, (unsigned char)c)) {
			if (peek(&scan) == EOF && scan.stored == 0)
				scan.stored = EOF;
			break;
		}
	}
	funlockfile(stream);
	va_end(scan.arguments);
	return scan.stored;
}

int vsscanf(const char *restrict s, const char *restrict fmt, va_list arguments)
{
	FILE stream = {
		.fd = -1,
		.readable = true,
		.buffer = (unsigned char *)s,
		.limit = strlen(s),
	};

	return vfscanf(&stream, fmt, arguments);
}

int sscanf(const char *restrict s, const char *restrict fmt, ...)
{
	va_list arguments;
	int stored;

	va_start(arguments, fmt);
	stored = vsscanf(s, fmt, arguments);
	va_end(arguments);
	return stored;
}

int fscanf(FILE *restrict stream, const char *restrict fmt, ...)
{
	va_list arguments;
	int stored;

	va_start(arguments, fmt);
	stored = vfscanf(stream, fmt, arguments);
	va_end(arguments);
	return stored;
}

int scanf(const char *restrict fmt, ...)
{
	va_list arguments;
	int stored;

	va_start(arguments, fmt);
	stored = vfscanf(stdin, fmt, arguments);
	va_end(arguments);
	return stored;
}
