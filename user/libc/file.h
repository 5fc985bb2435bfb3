/* SPDX-License-Identifier: MIT */
/*
 * What a FILE is. One buffer serves both directions, one at a time:
 *
 *	reading:  buffer[position .. limit) was read from the descriptor and is not yet consumed
 *	writing:  buffer[0 .. position) was produced and is not yet written (limit is 0)
 *
 * A change of direction first empties the buffer: pending output is written, or the descriptor
 * is moved back over input that was read ahead.
 */
#ifndef LIBC_FILE_H
#define LIBC_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/list.h"
#include "lock.h"
#include "thread.h"

struct FILE {
	int fd; /* -1: a string being scanned, nothing to refill from */
	bool readable;
	bool writable;
	bool writing;
	bool at_end;
	bool failed;
	bool mode_known; /* else _IOLBF for a terminal, found out at the first output */
	int mode;        /* _IOFBF, _IOLBF, _IONBF */
	unsigned char *buffer;
	size_t size;
	size_t position;
	size_t limit;
	struct list_node open_node; /* on the list of streams that fopen() made */

	/* All the rest belongs to who holds the stream: flockfile(). */
	struct lock lock;
	struct thread_block *_Atomic owner;
	unsigned int depth; /* [lock] how often the owner holds it */
};

/*
 * Each function of <stdio.h> locks the stream from beginning to end, so that what it writes or
 * reads is in one piece; the functions here and those called _unlocked are for callers that hold
 * it. Input and output are no cancellation points, so a stream is never left locked by a thread
 * that is gone.
 */

/* Readies the stream for output; 0 or EOF with errno. */
int file_begin_writing(FILE *stream);

/* Writes out what is pending; 0 or EOF with errno. */
int file_flush(FILE *stream);

/* The next byte without consuming it (then stream->position++ does), or EOF. */
int file_peek(FILE *stream);

/* Reads `mode` as fopen() does; open(2) flags or -1. */
int file_parse_mode(const char *mode);

#endif
