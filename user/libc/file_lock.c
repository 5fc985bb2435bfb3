/* SPDX-License-Identifier: MIT */
/* Holding a stream. Who holds it may lock it again, so that functions here may call each other. */
#include "file.h"

void flockfile(FILE *stream)
{
	struct thread_block *self = thread_self();

	if (stream->owner != self) {
		lock_acquire(&stream->lock);
		stream->owner = self;
	}
	stream->depth++;
}

int ftrylockfile(FILE *stream)
{
	struct thread_block *self = thread_self();

	if (stream->owner != self) {
		if (!lock_try(&stream->lock))
			return -1;
		stream->owner = self;
	}
	stream->depth++;
	return 0;
}

void funlockfile(FILE *stream)
{
	if (--stream->depth > 0)
		return;
	stream->owner = NULL;
	lock_release(&stream->lock);
}
