/* SPDX-License-Identifier: MIT */
/* Writing to streams: bytes, blocks, and formatted text (lib/vsnprintf.c does the formatting). */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "lib/util.h"
#include "lib/vsnprintf.h"
#include "syscall.h"

/* Writes past the buffer, which is empty; returns how many bytes it got rid of. */
static size_t write_through(FILE *stream, const char *bytes, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t written = sys(write, stream->fd, bytes + done, n - done);

		if (written < 0) {
			stream->failed = true;
			break;
		}
		done += (size_t)written;
	}
	return done;
}

/* Into the buffer, which is written whenever it is full; returns how many bytes were taken. */
static size_t write_buffered(FILE *stream, const char *bytes, size_t n)
{
	size_t done = 0;

	while (done < n) {
		size_t piece = MIN(n - done, stream->size - stream->position);

		if (stream->position == 0 && n - done >= stream->size)
			return done + write_through(stream, bytes + done, n - done);
		memcpy(stream->buffer + stream->position, bytes + done, piece);
		stream->position += piece;
		done += piece;
		if (stream->position == stream->size && file_flush(stream) == EOF)
			break;
	}
	return done;
}

static size_t write_bytes(FILE *stream, const char *bytes, size_t n)
{
	size_t done;

	if (file_begin_writing(stream) == EOF)
		return 0;
	if (stream->mode == _IONBF)
		return write_through(stream, bytes, n);
	done = write_buffered(stream, bytes, n);
	if (stream->mode == _IOLBF && memrchr(bytes, '\n', done) && file_flush(stream) == EOF)
		return 0;
	return done;
}

static size_t write_locked(FILE *stream, const char *bytes, size_t n)
{
	size_t done;

	flockfile(stream);
	done = write_bytes(stream, bytes, n);
	funlockfile(stream);
	return done;
}

size_t fwrite(const void *restrict memory, size_t size, size_t count, FILE *restrict stream)
{
	if (size == 0 || count == 0)
		return 0;
	return write_locked(stream, memory, size * count) / size;
}

int putc_unlocked(int c, FILE *stream)
{
	char byte = (char)c;

	return write_bytes(stream, &byte, 1) == 1 ? (unsigned char)c : EOF;
}

int putchar_unlocked(int c)
{
	return putc_unlocked(c, stdout);
}

int fputc(int c, FILE *stream)
{
	char byte = (char)c;

	return write_locked(stream, &byte, 1) == 1 ? (unsigned char)c : EOF;
}

int putc(int c, FILE *stream)
{
	return fputc(c, stream);
}

int putchar(int c)
{
	return fputc(c, stdout);
}

int fputs(const char *restrict s, FILE *restrict stream)
{
	size_t length = strlen(s);

	return write_locked(stream, s, length) == length ? 0 : EOF;
}

int puts(const char *s)
{
	int result;

	flockfile(stdout);
	result = fputs(s, stdout) == EOF ? EOF : putc_unlocked('\n', stdout);
	funlockfile(stdout);
	return result;
}

void perror(const char *message)
{
	int error = errno;

	if (message && *message)
		fprintf(stderr, "%s: %s\n", message, strerror(error));
	else
		fprintf(stderr, "%s\n", strerror(error));
}

/* A sink that writes to a stream. */
struct stream_sink {
	struct format_sink sink;
	FILE *stream;
	bool failed;
};

static void stream_write(struct format_sink *sink, const char *bytes, size_t n)
{
	struct stream_sink *out = container_of(sink, struct stream_sink, sink);

	if (!out->failed && write_bytes(out->stream, bytes, n) != n)
		out->failed = true;
}

static int format_to_stream(FILE *stream, const char *fmt, va_list arguments)
{
	struct stream_sink out = {.sink = {.write = stream_write}, .stream = stream};
	int length = format_to(&out.sink, fmt, arguments);

	return out.failed ? -1 : length;
}

/* Gives an unbuffered stream a buffer for one call, so that the text goes out in one piece. */
static int print_locked(FILE *stream, const char *fmt, va_list arguments)
{
	unsigned char pieces[256];
	int length;

	if (file_begin_writing(stream) == EOF)
		return -1;
	if (stream->mode == _IONBF) {
		FILE once = *stream;

		once.mode = _IOFBF;
		once.buffer = pieces;
		once.size = sizeof(pieces);
		once.position = 0;
		length = format_to_stream(&once, fmt, arguments);
		if (file_flush(&once) == EOF)
			length = -1;
		stream->failed |= once.failed;
		return length;
	}
	return format_to_stream(stream, fmt, arguments);
}

int vfprintf(FILE *restrict stream, const char *restrict fmt, va_list arguments)
{
	int length;

	flockfile(stream);
	length = print_locked(stream, fmt, arguments);
	funlockfile(stream);
	return length;
}

int vprintf(const char *restrict fmt, va_list arguments)
{
	return vfprintf(stdout, fmt, arguments);
}

int vdprintf(int fd, const char *restrict fmt, va_list arguments)
{
	FILE stream = {.fd = fd, .writable = true, .mode_known = true, .mode = _IONBF};

	return vfprintf(&stream, fmt, arguments);
}

int vsprintf(char *restrict to, const char *restrict fmt, va_list arguments)
{
	return vsnprintf(to, INT_MAX, fmt, arguments);
}

int vasprintf(char **restrict result, const char *restrict fmt, va_list arguments)
{
	va_list again;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	*result = length < 0 ? NULL : malloc((size_t)length + 1);
	if (!*result)
		return -1;
	return vsnprintf(*result, (size_t)length + 1, fmt, arguments);
}

int printf(const char *restrict fmt, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, fmt);
	length = vfprintf(stdout, fmt, arguments);
	va_end(arguments);
	return length;
}

int fprintf(FILE *restrict stream, const char *restrict fmt, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, fmt);
	length = vfprintf(stream, fmt, arguments);
	va_end(arguments);
	return length;
}

int dprintf(int fd, const char *restrict fmt, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, fmt);
	length = vdprintf(fd, fmt, arguments);
	va_end(arguments);
	return length;
}

int sprintf(char *restrict to, const char *restrict fmt, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, fmt);
	length = vsprintf(to, fmt, arguments);
	va_end(arguments);
	return length;
}

int asprintf(char **restrict result, const char *restrict fmt, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, fmt);
	length = vasprintf(result, fmt, arguments);
	va_end(arguments);
	return length;
}
