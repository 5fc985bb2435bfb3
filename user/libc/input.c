/* SPDX-License-Identifier: MIT */
/* Reading from streams: bytes, blocks, lines. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "lib/util.h"
#include "syscall.h"

/* Ungetting needs a place before the data: the buffer is filled from here on. */
#define UNGET_ROOM ((size_t)8)

/* Writes out what is pending on a terminal, unless another thread is just writing there. */
static void show_prompt(void)
{
	if (ftrylockfile(stdout) != 0)
		return;
	if (stdout->writing && stdout->mode == _IOLBF)
		file_flush(stdout);
	funlockfile(stdout);
}

/* Reads up to `n` bytes into `memory`, noting end of file and errors; returns the count. */
static size_t read_some(FILE *stream, void *memory, size_t n)
{
	ssize_t got;

	/* An end stays the end until clearerr(), although a terminal could go on. */
	if (stream->at_end)
		return 0;
	if (stream == stdin)
		show_prompt();
	got = stream->fd < 0 ? 0 : sys(read, stream->fd, memory, n);
	if (got == 0)
		stream->at_end = true;
	else if (got < 0)
		stream->failed = true;
	return got > 0 ? (size_t)got : 0;
}

/* Readies the stream for input; 0 or EOF with errno. */
static int begin_reading(FILE *stream)
{
	if (!stream->readable) {
		stream->failed = true;
		errno = EBADF;
		return EOF;
	}
	if (stream->writing) {
		if (file_flush(stream) == EOF)
			return EOF;
		stream->writing = false;
		stream->position = stream->limit = 0;
	}
	return 0;
}

/* Fills the empty buffer; 0, or EOF at the end of file or on an error. */
static int refill(FILE *stream)
{
	size_t room = UNGET_ROOM < stream->size ? UNGET_ROOM : 0;
	size_t wanted = stream->mode == _IONBF ? 1 : stream->size - room;
	size_t got = read_some(stream, stream->buffer + room, wanted);

	if (got == 0)
		return EOF;
	stream->position = room;
	stream->limit = room + got;
	return 0;
}

int file_peek(FILE *stream)
{
	if (begin_reading(stream) == EOF)
		return EOF;
	if (stream->position == stream->limit && refill(stream) == EOF)
		return EOF;
	return stream->buffer[stream->position];
}

int getc_unlocked(FILE *stream)
{
	int c = file_peek(stream);

	if (c != EOF)
		stream->position++;
	return c;
}

int getchar_unlocked(void)
{
	return getc_unlocked(stdin);
}

int fgetc(FILE *stream)
{
	int c;

	flockfile(stream);
	c = getc_unlocked(stream);
	funlockfile(stream);
	return c;
}

int getc(FILE *stream)
{
	return fgetc(stream);
}

int getchar(void)
{
	return fgetc(stdin);
}

static int unget(int c, FILE *stream)
{
	if (c == EOF || begin_reading(stream) == EOF)
		return EOF;
	if (stream->position == stream->limit)
		stream->position = stream->limit = MIN(UNGET_ROOM, stream->size);
	if (stream->position == 0)
		return EOF;
	stream->buffer[--stream->position] = (unsigned char)c;
	stream->at_end = false;
	return (unsigned char)c;
}

int ungetc(int c, FILE *stream)
{
	int result;

	flockfile(stream);
	result = unget(c, stream);
	funlockfile(stream);
	return result;
}

/* Returns how many bytes it got. */
static size_t read_bytes(FILE *stream, char *to, size_t wanted)
{
	size_t done = 0;

	if (begin_reading(stream) == EOF)
		return 0;
	while (done < wanted) {
		size_t n = stream->limit - stream->position;

		if (n > 0) {
			n = n < wanted - done ? n : wanted - done;
			memcpy(to + done, stream->buffer + stream->position, n);
			stream->position += n;
		} else if (wanted - done >= stream->size) {
			/* Much is wanted: spare it the way through the buffer. */
			n = read_some(stream, to + done, wanted - done);
			if (n == 0)
				break;
		} else if (refill(stream) == EOF) {
			break;
		}
		done += n;
	}
	return done;
}

size_t fread(void *restrict memory, size_t size, size_t count, FILE *restrict stream)
{
	size_t done;

	if (size == 0 || count == 0)
		return 0;
	flockfile(stream);
	done = read_bytes(stream, memory, size * count);
	funlockfile(stream);
	return done / size;
}

char *fgets(char *restrict line, int size, FILE *restrict stream)
{
	int n = 0;
	int c = 0;
	bool failed, before;

	if (size <= 0)
		return NULL;
	flockfile(stream);
	before = stream->failed;
	stream->failed = false;
	while (n < size - 1 && c != '\n' && (c = getc_unlocked(stream)) != EOF)
		line[n++] = (char)c;
	failed = stream->failed;
	stream->failed |= before;
	funlockfile(stream);
	if (n == 0 || failed)
		return NULL;
	line[n] = '\0';
	return line;
}

/* Makes `*line` hold at least `wanted` bytes. */
static int grow_line(char **line, size_t *size, size_t wanted)
{
	size_t grown = *line ? *size : 0;
	char *memory;

	if (*line && wanted <= *size)
		return 0;
	while (grown < wanted)
		grown = grown ? 2 * grown : 128;
	memory = realloc(*line, grown);
	if (!memory)
		return -1;
	*line = memory;
	*size = grown;
	return 0;
}

static ssize_t get_piece(char **line, size_t *size, int delimiter, FILE *stream)
{
	size_t n = 0;

	for (;;) {
		const unsigned char *start, *found;
		size_t piece;

		if (file_peek(stream) == EOF)
			break;
		start = stream->buffer + stream->position;
		piece = stream->limit - stream->position;
		found = memchr(start, delimiter, piece);
		if (found)
			piece = (size_t)(found - start) + 1;
		if (grow_line(line, size, n + piece + 1) < 0)
			return -1;
		memcpy(*line + n, start, piece);
		stream->position += piece;
		n += piece;
		if (found)
			break;
	}
	if (n == 0)
		return -1;
	(*line)[n] = '\0';
	return (ssize_t)n;
}

ssize_t getdelim(char **restrict line, size_t *restrict size, int delimiter, FILE *restrict stream)
{
	ssize_t length;

	flockfile(stream);
	length = get_piece(line, size, delimiter, stream);
	funlockfile(stream);
	return length;
}

ssize_t getline(char **restrict line, size_t *restrict size, FILE *restrict stream)
{
	return getdelim(line, size, '\n', stream);
}
