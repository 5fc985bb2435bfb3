/* SPDX-License-Identifier: MIT */
/*
 * Streams: opening, closing, buffering, seeking. See file.h for the one buffer that each has;
 * reading is in input.c, writing in output.c.
 *
 * Input is fully buffered. Output is line-buffered on a terminal and fully buffered elsewhere,
 * unless setvbuf() says otherwise; stderr is not buffered. Before the program waits for input on
 * stdin, a line-buffered stdout is written out, so that a prompt shows.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lock.h"
#include "syscall.h"

static unsigned char stdin_buffer[BUFSIZ], stdout_buffer[BUFSIZ];

static FILE stdin_stream = {
	.fd = STDIN_FILENO,
	.readable = true,
	.mode_known = true,
	.buffer = stdin_buffer,
	.size = sizeof(stdin_buffer),
};
static FILE stdout_stream = {
	.fd = STDOUT_FILENO,
	.writable = true,
	.buffer = stdout_buffer,
	.size = sizeof(stdout_buffer),
};
static FILE stderr_stream = {
	.fd = STDERR_FILENO,
	.writable = true,
	.mode_known = true,
	.mode = _IONBF,
};

FILE *stdin = &stdin_stream;
FILE *stdout = &stdout_stream;
FILE *stderr = &stderr_stream;

/* The streams that fopen() and fdopen() made. Who holds this lock does not wait for a stream. */
struct lock libc_streams_lock;
static struct list open_streams = LIST_INIT(open_streams); /* [libc_streams_lock] */

int libc_flush_all(void);
void libc_streams_after_fork(void);

int file_parse_mode(const char *mode)
{
	int flags;

	switch (*mode) {
	case 'r':
		flags = O_RDONLY;
		break;
	case 'w':
		flags = O_WRONLY | O_CREAT | O_TRUNC;
		break;
	case 'a':
		flags = O_WRONLY | O_CREAT | O_APPEND;
		break;
	default:
		errno = EINVAL;
		return -1;
	}
	for (mode++; *mode; mode++) {
		if (*mode == '+')
			flags = (flags & ~O_ACCMODE) | O_RDWR;
		else if (*mode == 'e')
			flags |= O_CLOEXEC;
		else if (*mode == 'x')
			flags |= O_EXCL;
	}
	return flags;
}

static void set_descriptor(FILE *stream, int fd, int flags)
{
	stream->fd = fd;
	stream->readable = (flags & O_ACCMODE) != O_WRONLY;
	stream->writable = (flags & O_ACCMODE) != O_RDONLY;
}

/* A stream on `fd`, with its buffer behind it in the same memory. */
static FILE *new_stream(int fd, int flags)
{
	FILE *stream = malloc(sizeof(*stream) + BUFSIZ);

	if (!stream)
		return NULL;
	memset(stream, 0, sizeof(*stream));
	set_descriptor(stream, fd, flags);
	stream->buffer = (unsigned char *)(stream + 1);
	stream->size = BUFSIZ;
	lock_acquire(&libc_streams_lock);
	list_push_back(&open_streams, &stream->open_node);
	lock_release(&libc_streams_lock);
	return stream;
}

FILE *fdopen(int fd, const char *mode)
{
	int flags = file_parse_mode(mode);

	return flags < 0 ? NULL : new_stream(fd, flags);
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
	int flags = file_parse_mode(mode);
	FILE *stream;
	int fd;

	if (flags < 0)
		return NULL;
	fd = open(path, flags, 0666);
	if (fd < 0)
		return NULL;
	stream = new_stream(fd, flags);
	if (!stream)
		close(fd);
	return stream;
}

int fclose(FILE *stream)
{
	bool allocated;
	int result;

	/* First off the list: who walks it must not find a stream that is about to go. */
	lock_acquire(&libc_streams_lock);
	allocated = list_linked(&stream->open_node);
	if (allocated)
		list_remove(&stream->open_node);
	lock_release(&libc_streams_lock);

	/* Input read ahead is given back to the descriptor's other users. */
	flockfile(stream);
	result = fflush(stream);
	if (sys(close, stream->fd) < 0)
		result = EOF;
	funlockfile(stream);
	if (allocated)
		free(stream);
	return result;
}

/* With the stream locked: so here is no cancellation point. */
static FILE *reopen(const char *path, const char *mode, FILE *stream)
{
	int flags = file_parse_mode(mode);
	int fd;

	if (flags < 0)
		return NULL;
	fflush(stream);
	fd = (int)sys(open, path, flags, 0666);
	if (fd < 0)
		return NULL;
	/* Keep the number: a program that reopens stdout means descriptor 1. */
	if (fd != stream->fd) {
		int kept = dup3(fd, stream->fd, flags & O_CLOEXEC);

		sys(close, fd);
		if (kept < 0)
			return NULL;
	}
	set_descriptor(stream, stream->fd, flags);
	stream->writing = false;
	stream->position = stream->limit = 0;
	stream->mode_known = stream->mode == _IONBF;
	clearerr(stream);
	return stream;
}

FILE *freopen(const char *restrict path, const char *restrict mode, FILE *restrict stream)
{
	FILE *result;

	flockfile(stream);
	result = reopen(path, mode, stream);
	funlockfile(stream);
	return result;
}

int file_flush(FILE *stream)
{
	size_t done = 0;

	while (stream->writing && done < stream->position) {
		ssize_t n = sys(write, stream->fd, stream->buffer + done, stream->position - done);

		if (n < 0) {
			/* What was not written stays for a later try. */
			stream->failed = true;
			memmove(stream->buffer, stream->buffer + done, stream->position - done);
			stream->position -= done;
			return EOF;
		}
		done += (size_t)n;
	}
	if (stream->writing)
		stream->position = 0;
	return 0;
}

/* Drops input read ahead and moves the descriptor back over it, where it can seek. */
static void give_back_input(FILE *stream)
{
	off_t ahead = (off_t)(stream->limit - stream->position);
	int saved_errno = errno;

	if (stream->fd < 0)
		return;
	if (ahead == 0 || lseek(stream->fd, -ahead, SEEK_CUR) >= 0)
		stream->position = stream->limit = 0;
	errno = saved_errno;
}

int fflush(FILE *stream)
{
	int result = 0;

	if (!stream)
		return libc_flush_all();
	flockfile(stream);
	if (stream->writing)
		result = file_flush(stream);
	else
		give_back_input(stream);
	funlockfile(stream);
	return result;
}

/* False when another thread is just writing there. One that reads is left alone: it may wait for
 * ever, and there is nothing to flush. A failure goes to `*result`. */
static bool try_flush(FILE *stream, int *result)
{
	if (ftrylockfile(stream) != 0)
		return !stream->writing;
	if (fflush(stream) == EOF)
		*result = EOF;
	funlockfile(stream);
	return true;
}

static bool try_flush_all(int *result)
{
	bool done = try_flush(stdin, result);

	done &= try_flush(stdout, result);
	lock_acquire(&libc_streams_lock);
	list_for_each(node, &open_streams)
		done &= try_flush(container_of(node, FILE, open_node), result);
	lock_release(&libc_streams_lock);
	return done;
}

int libc_flush_all(void)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	int result = 0;

	while (!try_flush_all(&result))
		sys_raw(nanosleep, &moment, NULL);
	return result;
}

/* What another thread held is free: there is no such thread here. */
static void unlock_after_fork(FILE *stream)
{
	if (stream->owner == thread_self())
		return;
	stream->owner = NULL;
	stream->depth = 0;
	stream->lock = (struct lock){0};
}

void libc_streams_after_fork(void)
{
	unlock_after_fork(stdin);
	unlock_after_fork(stdout);
	unlock_after_fork(stderr);
	list_for_each(node, &open_streams)
		unlock_after_fork(container_of(node, FILE, open_node));
}

int file_begin_writing(FILE *stream)
{
	if (!stream->writable) {
		stream->failed = true;
		errno = EBADF;
		return EOF;
	}
	if (!stream->mode_known) {
		int saved_errno = errno;

		stream->mode = isatty(stream->fd) ? _IOLBF : _IOFBF;
		stream->mode_known = true;
		errno = saved_errno;
	}
	if (!stream->writing) {
		give_back_input(stream);
		stream->position = stream->limit = 0;
		stream->writing = true;
	}
	return 0;
}

int setvbuf(FILE *restrict stream, char *restrict buffer, int mode, size_t size)
{
	if (mode != _IOFBF && mode != _IOLBF && mode != _IONBF) {
		errno = EINVAL;
		return -1;
	}
	flockfile(stream);
	fflush(stream);
	stream->mode = mode;
	stream->mode_known = true;
	if (mode != _IONBF && buffer && size > 0) {
		stream->buffer = (unsigned char *)buffer;
		stream->size = size;
	}
	funlockfile(stream);
	return 0;
}

void setbuf(FILE *restrict stream, char *restrict buffer)
{
	setvbuf(stream, buffer, buffer ? _IOFBF : _IONBF, BUFSIZ);
}

void setlinebuf(FILE *stream)
{
	setvbuf(stream, NULL, _IOLBF, 0);
}

static int seek(FILE *stream, off_t offset, int whence)
{
	if (stream->writing && file_flush(stream) == EOF)
		return -1;
	/* The descriptor is ahead of the reader by what is buffered. */
	if (whence == SEEK_CUR)
		offset -= (off_t)(stream->limit - stream->position) * !stream->writing;
	if (lseek(stream->fd, offset, whence) < 0)
		return -1;
	stream->position = stream->limit = 0;
	stream->writing = false;
	stream->at_end = false;
	return 0;
}

int fseeko(FILE *stream, off_t offset, int whence)
{
	int result;

	flockfile(stream);
	result = seek(stream, offset, whence);
	funlockfile(stream);
	return result;
}

off_t ftello(FILE *stream)
{
	off_t offset;

	flockfile(stream);
	offset = lseek(stream->fd, 0, SEEK_CUR);
	if (offset >= 0)
		offset += stream->writing ? (off_t)stream->position
					  : (off_t)stream->position - (off_t)stream->limit;
	funlockfile(stream);
	return offset;
}

int fseek(FILE *stream, long offset, int whence)
{
	return fseeko(stream, offset, whence);
}

long ftell(FILE *stream)
{
	return ftello(stream);
}

void rewind(FILE *stream)
{
	flockfile(stream);
	fseeko(stream, 0, SEEK_SET);
	clearerr(stream);
	funlockfile(stream);
}

int feof(FILE *stream)
{
	return stream->at_end;
}

int ferror(FILE *stream)
{
	return stream->failed;
}

void clearerr(FILE *stream)
{
	stream->at_end = false;
	stream->failed = false;
}

int fileno(FILE *stream)
{
	return stream->fd;
}
