/* SPDX-License-Identifier: MIT */
/* Reading a descriptor line by line, of any length, without copying what is in the buffer. */
#ifndef USER_BIN_LINES_H
#define USER_BIN_LINES_H

#include "common.h"

struct line_reader {
	int fd;
	char *buffer;
	size_t capacity;
	size_t start, end; /* of what has been read and not yet given out */
	int error;         /* errno of a failed read, or 0 */
};

static inline void lines_open(struct line_reader *reader, int fd)
{
	*reader = (struct line_reader){.fd = fd, .capacity = BUFFER_SIZE};
	reader->buffer = check_memory(malloc(reader->capacity));
}

static inline void lines_close(struct line_reader *reader)
{
	free(reader->buffer);
}

/* Reads more behind what is there; false at the end or on an error. */
static inline bool lines_fill(struct line_reader *reader)
{
	ssize_t got;

	if (reader->start) {
		memmove(reader->buffer, reader->buffer + reader->start,
			reader->end - reader->start);
		reader->end -= reader->start;
		reader->start = 0;
	}
	if (reader->end == reader->capacity) {
		reader->capacity *= 2;
		reader->buffer = check_memory(realloc(reader->buffer, reader->capacity));
	}
	got = read_some(reader->fd, reader->buffer + reader->end, reader->capacity - reader->end);
	if (got < 0)
		reader->error = errno;
	if (got > 0)
		reader->end += (size_t)got;
	return got > 0;
}

/*
 * The next line, without its newline, valid until the next call; NULL at the end. A last line that
 * has no newline is a line too.
 */
static inline char *lines_next(struct line_reader *reader, size_t *length)
{
	size_t searched = 0;

	for (;;) {
		char *line = reader->buffer + reader->start;
		size_t available = reader->end - reader->start;
		char *newline = memchr(line + searched, '\n', available - searched);

		if (newline) {
			*length = (size_t)(newline - line);
			reader->start += *length + 1;
			return line;
		}
		searched = available;
		if (lines_fill(reader))
			continue;
		if (!available)
			return NULL;
		*length = available;
		reader->start = reader->end;
		return reader->buffer + reader->start - available;
	}
}

#endif
