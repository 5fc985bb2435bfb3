/* SPDX-License-Identifier: MIT */
/*
 * Formatted output. format_to() copies the text between conversions and, for each conversion,
 * parses flags, width, precision and length into a struct format_spec, fetches the argument of that
 * length, and writes one field. See lib/vsnprintf.h for what is understood.
 */
#include "lib/vsnprintf.h"

#include <stdint.h>

#include "lib/format.h"
#include "lib/limits.h"
#include "lib/string.h"
#include "lib/util.h"

/* The length modifiers; hh and h need no name, their arguments arrive as int. */
enum length { LENGTH_CHAR, LENGTH_SHORT, LENGTH_INT, LENGTH_LONG, LENGTH_LONG_DOUBLE };

/* A va_list that can be passed by address, which the plain array type cannot. */
struct arguments {
	va_list list;
};

void format_write(struct format_sink *sink, const char *bytes, size_t n)
{
	sink->count += n;
	sink->write(sink, bytes, n);
}

void format_fill(struct format_sink *sink, char c, long n)
{
	char chunk[32];

	memset(chunk, c, sizeof(chunk));
	for (; n > 0; n -= (long)sizeof(chunk))
		format_write(sink, chunk, MIN((size_t)n, sizeof(chunk)));
}

void format_field(struct format_sink *sink, const struct format_spec *spec, const char *prefix,
		  const char *body, size_t length, bool zero_fill)
{
	size_t prefix_length = strlen(prefix);
	long fill = (long)spec->width - (long)(prefix_length + length);

	if (!spec->left && !zero_fill)
		format_fill(sink, ' ', fill);
	format_write(sink, prefix, prefix_length);
	if (!spec->left && zero_fill)
		format_fill(sink, '0', fill);
	format_write(sink, body, length);
	if (spec->left)
		format_fill(sink, ' ', fill);
}

/* Reads digits at *p, or an argument for `*`. Saturates rather than overflows. */
static int parse_number(const char **p, struct arguments *arguments)
{
	int n = 0;

	if (**p == '*') {
		(*p)++;
		return va_arg(arguments->list, int);
	}
	for (; **p >= '0' && **p <= '9'; (*p)++)
		n = n > (INT_MAX - 9) / 10 ? INT_MAX : n * 10 + (**p - '0');
	return n;
}

static const char *parse_flags(const char *p, struct format_spec *spec)
{
	for (;; p++) {
		switch (*p) {
		case '-':
			spec->left = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->alternate = true;
			break;
		case '0':
			spec->zero = true;
			break;
		default:
			return p;
		}
	}
}

static const char *parse_length(const char *p, enum length *length)
{
	*length = LENGTH_INT;
	switch (*p) {
	case 'h':
		*length = p[1] == 'h' ? LENGTH_CHAR : LENGTH_SHORT;
		return p + (p[1] == 'h' ? 2 : 1);
	case 'l':
		*length = LENGTH_LONG;
		return p + (p[1] == 'l' ? 2 : 1);
	case 'j':
	case 'z':
	case 't':
		*length = LENGTH_LONG;
		return p + 1;
	case 'L':
		*length = LENGTH_LONG_DOUBLE;
		return p + 1;
	default:
		return p;
	}
}

/* Parses what follows a %; returns where the text goes on after the conversion character. */
static const char *parse_spec(const char *p, struct format_spec *spec, enum length *length,
			      struct arguments *arguments)
{
	*spec = (struct format_spec){.precision = -1};
	p = parse_flags(p, spec);
	spec->width = parse_number(&p, arguments);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = spec->width == INT_MIN ? INT_MAX : -spec->width;
	}
	if (*p == '.') {
		p++;
		spec->precision = parse_number(&p, arguments);
	}
	p = parse_length(p, length);
	spec->conversion = *p;
	return *p ? p + 1 : p;
}

/* The next integer argument, of the length given, widened with its sign or without. */
static uint64_t fetch_integer(struct arguments *arguments, enum length length, bool is_signed)
{
	uint64_t value;

	if (length == LENGTH_LONG)
		return va_arg(arguments->list, uint64_t);
	value = va_arg(arguments->list, unsigned int);
	switch (length) {
	case LENGTH_CHAR:
		return is_signed ? (uint64_t)(signed char)value : (unsigned char)value;
	case LENGTH_SHORT:
		return is_signed ? (uint64_t)(short)value : (unsigned short)value;
	default:
		return is_signed ? (uint64_t)(int)value : value;
	}
}

/* Writes `value` in `base` backwards, ending before `end`; returns where it begins. */
static char *digits_before(char *end, uint64_t value, unsigned int base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	for (; value; value /= base)
		*--end = digits[value % base];
	return end;
}

/* `prefix` is what stands before the digits, such as a sign. */
static void format_digits(struct format_sink *sink, const struct format_spec *spec,
			  const char *prefix, uint64_t value, unsigned int base)
{
	char buffer[24]; /* 64 bits have at most 22 octal digits */
	char *end = buffer + sizeof(buffer);
	char *digits = digits_before(end, value, base, spec->conversion == 'X');
	long length = end - digits;
	long zeros = MAX(spec->precision < 0 ? 1 : spec->precision, 0) - length;
	long fill;

	if (base == 8 && spec->alternate && zeros <= 0)
		zeros = 1;
	zeros = MAX(zeros, 0);
	fill = spec->width - (long)strlen(prefix) - zeros - length;
	/* A precision says how many zeros there are: the flag 0 is then ignored. */
	if (spec->zero && !spec->left && spec->precision < 0) {
		zeros += MAX(fill, 0);
		fill = 0;
	}
	if (!spec->left)
		format_fill(sink, ' ', fill);
	format_write(sink, prefix, strlen(prefix));
	format_fill(sink, '0', zeros);
	format_write(sink, digits, (size_t)length);
	if (spec->left)
		format_fill(sink, ' ', fill);
}

static void format_signed(struct format_sink *sink, const struct format_spec *spec, int64_t value)
{
	uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
	const char *sign = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";

	format_digits(sink, spec, sign, magnitude, 10);
}

static void format_unsigned(struct format_sink *sink, const struct format_spec *spec,
			    uint64_t value)
{
	switch (spec->conversion) {
	case 'o':
		format_digits(sink, spec, "", value, 8);
		break;
	case 'x':
		format_digits(sink, spec, spec->alternate && value ? "0x" : "", value, 16);
		break;
	case 'X':
		format_digits(sink, spec, spec->alternate && value ? "0X" : "", value, 16);
		break;
	default:
		format_digits(sink, spec, "", value, 10);
	}
}

static void format_string(struct format_sink *sink, const struct format_spec *spec, const char *s)
{
	size_t limit = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;

	/* As other libraries do: "(null)" is written whole or not at all. */
	if (!s)
		s = limit >= 6 ? "(null)" : "";
	format_field(sink, spec, "", s, strnlen(s, limit), false);
}

static void format_pointer(struct format_sink *sink, const struct format_spec *spec,
			   const void *pointer)
{
	if (pointer)
		format_digits(sink, spec, "0x", (uintptr_t)pointer, 16);
	else
		format_field(sink, spec, "", "(nil)", 5, false);
}

/* Writes one field; false when the conversion is unknown. */
static bool format_argument(struct format_sink *sink, const struct format_spec *spec,
			    enum length length, struct arguments *arguments)
{
	char c;

	switch (spec->conversion) {
	case 'd':
	case 'i':
		format_signed(sink, spec, (int64_t)fetch_integer(arguments, length, true));
		return true;
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		format_unsigned(sink, spec, fetch_integer(arguments, length, false));
		return true;
	case 'c':
		c = (char)va_arg(arguments->list, int);
		format_field(sink, spec, "", &c, 1, false);
		return true;
	case 's':
		format_string(sink, spec, va_arg(arguments->list, const char *));
		return true;
	case 'p':
		format_pointer(sink, spec, va_arg(arguments->list, void *));
		return true;
	case '%':
		format_write(sink, "%", 1);
		return true;
#ifdef LIB_FLOAT
	case 'f':
	case 'F':
	case 'e':
	case 'E':
	case 'g':
	case 'G':
		format_float(sink, spec,
			     length == LENGTH_LONG_DOUBLE
				     ? va_arg(arguments->list, long double)
				     : (long double)va_arg(arguments->list, double));
		return true;
#endif
	default:
		return false;
	}
}

int format_to(struct format_sink *sink, const char *fmt, va_list list)
{
	struct arguments arguments;

	va_copy(arguments.list, list);
	while (*fmt) {
		const char *percent = strchrnul(fmt, '%');
		struct format_spec spec;
		enum length length;

		if (percent > fmt)
			format_write(sink, fmt, (size_t)(percent - fmt));
		fmt = percent;
		if (*fmt == '\0')
			break;
		fmt = parse_spec(percent + 1, &spec, &length, &arguments);
		if (!format_argument(sink, &spec, length, &arguments))
			format_write(sink, percent, (size_t)(fmt - percent));
	}
	va_end(arguments.list);
	return sink->count > INT_MAX ? -1 : (int)sink->count;
}

/* A sink that fills a buffer and drops what does not fit. */
struct buffer_sink {
	struct format_sink sink;
	char *next;
	size_t room; /* the byte for the NUL not counted */
};

static void buffer_write(struct format_sink *sink, const char *bytes, size_t n)
{
	struct buffer_sink *buffer = container_of(sink, struct buffer_sink, sink);

	n = MIN(n, buffer->room);
	if (n == 0)
		return; /* the buffer may be NULL */
	memcpy(buffer->next, bytes, n);
	buffer->next += n;
	buffer->room -= n;
}

int vsnprintf(char *restrict buffer, size_t size, const char *restrict fmt, va_list arguments)
{
	struct buffer_sink out = {
		.sink = {.write = buffer_write},
		.next = buffer,
		.room = size ? size - 1 : 0,
	};
	int length = format_to(&out.sink, fmt, arguments);

	if (size > 0)
		*out.next = '\0';
	return length;
}

int snprintf(char *restrict buffer, size_t size, const char *restrict fmt, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, fmt);
	length = vsnprintf(buffer, size, fmt, arguments);
	va_end(arguments);
	return length;
}
