/* SPDX-License-Identifier: MIT */
/* printf: the format is used again as long as there are arguments left. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../echo.h"
#include "builtin.h"
#include "shell.h"

struct printer {
	char **next; /* arguments not yet printed */
	char **end;
	int status;
	bool stopped; /* by \c */
};

static const char *next_argument(struct printer *printer)
{
	return printer->next < printer->end ? *printer->next++ : NULL;
}

/* A number, or 'c for the code of a character. */
static long next_number(struct printer *printer)
{
	const char *text = next_argument(printer);
	char *end;
	long value;

	if (!text || !*text)
		return 0;
	if (*text == '\'' || *text == '"')
		return (unsigned char)text[1];
	errno = 0;
	value = *text == '-' ? strtol(text, &end, 0) : (long)strtoul(text, &end, 0);
	if (*end || errno) {
		shell_error("printf: %s: not a number", text);
		printer->status = 1;
	}
	return value;
}

/* Copies flags, width and precision to spec, with each * replaced by its number. */
static const char *read_spec(struct printer *printer, const char *p, char *spec, size_t size)
{
	size_t length = 0;

	spec[length++] = '%';
	while (*p && strchr("-+ #0123456789.*", *p) && length < size - 32) {
		if (*p == '*')
			length += (size_t)snprintf(spec + length, 24, "%d",
						   (int)next_number(printer));
		else
			spec[length++] = *p;
		p++;
	}
	spec[length] = '\0';
	return p;
}

/* One conversion; p is after its %. Returns what comes after it. */
static const char *convert(struct printer *printer, const char *p)
{
	char spec[80];
	const char *text;

	if (*p == '%') {
		putchar('%');
		return p + 1;
	}
	p = read_spec(printer, p, spec, sizeof(spec) - 4);
	switch (*p) {
	case 's':
		text = next_argument(printer);
		strcat(spec, "s");
		printf(spec, text ? text : "");
		break;
	case 'b':
		text = next_argument(printer);
		if (text && !echo_escaped(text))
			printer->stopped = true;
		break;
	case 'c':
		text = next_argument(printer);
		if (text && *text)
			putchar(*text);
		break;
	case 'd':
	case 'i':
	case 'o':
	case 'u':
	case 'x':
	case 'X':
		strncat(spec, "l", 2);
		strncat(spec, p, 1);
		printf(spec, next_number(printer));
		break;
	default:
		shell_error("printf: %%%c: no such conversion", *p ? *p : ' ');
		printer->status = 1;
		printer->stopped = true;
		return p;
	}
	return p + 1;
}

static void print_once(struct printer *printer, const char *format)
{
	while (*format && !printer->stopped) {
		if (*format == '%') {
			format = convert(printer, format + 1);
		} else if (*format == '\\' && format[1]) {
			format++;
			printer->stopped = !escape_print(&format);
		} else {
			putchar(*format++);
		}
	}
}

int builtin_printf(int argc, char **argv)
{
	struct printer printer = {.next = argv + 2, .end = argv + argc};
	char **before;

	if (argc < 2) {
		shell_error("usage: printf FORMAT [ARGUMENT...]");
		return EXIT_SYNTAX;
	}
	do {
		before = printer.next;
		print_once(&printer, argv[1]);
	} while (!printer.stopped && printer.next < printer.end && printer.next > before);
	return printer.status;
}
