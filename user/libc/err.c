/* SPDX-License-Identifier: MIT */
/* Messages with the program's name in front. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `error` below 0: no text of an error. */
static void message(int error, const char *fmt, va_list arguments)
{
	char text[512];

	vsnprintf(text, sizeof(text), fmt, arguments);
	if (error < 0)
		fprintf(stderr, "%s: %s\n", program_invocation_short_name, text);
	else
		fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, text,
			strerror(error));
}

void warn(const char *fmt, ...)
{
	int error = errno;
	va_list arguments;

	va_start(arguments, fmt);
	message(error, fmt, arguments);
	va_end(arguments);
}

void warnx(const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	message(-1, fmt, arguments);
	va_end(arguments);
}

void err(int status, const char *fmt, ...)
{
	int error = errno;
	va_list arguments;

	va_start(arguments, fmt);
	message(error, fmt, arguments);
	va_end(arguments);
	exit(status);
}

void errx(int status, const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	message(-1, fmt, arguments);
	va_end(arguments);
	exit(status);
}
