/* SPDX-License-Identifier: MIT */
/*
 * A cursor over the memory of a transfer: the buffers of read, readv, pread, … in user memory, or
 * one buffer of the kernel. File systems copy through it and never see which it is.
 */
#ifndef MM_UIO_H
#define MM_UIO_H

#include "base/assert.h"
#include "lib/abi/types.h"
#include "mm/uaccess.h"

struct uio_segment {
	user_addr_t base;
	size_t length;
};

struct uio {
	size_t left;      /* bytes still to transfer, over all segments */
	user_addr_t user; /* in the user half, with user_left */
	size_t user_left; /* bytes at `user` */
	/* While user_left < left: where the others are. */
	char *kernel;                   /* NULL: user memory */
	const struct uio_segment *next; /* of user memory */
	bool no_reader; /* set by a pipe: it stopped because nobody reads any more */
};

void uio_init_kernel(struct uio *uio, void *buffer, size_t bytes);
void uio_init_user(struct uio *uio, const struct uio_segment *segments, size_t count);
/* One segment, which lies in the user half. */
static inline void uio_init_buffer(struct uio *uio, user_addr_t buffer, size_t bytes)
{
	ASSERT(user_range_ok(buffer, bytes));
	uio->left = uio->user_left = bytes;
	uio->user = buffer;
	uio->no_reader = false;
}

/* Copies min(bytes, uio->left) into the transfer's memory (a read's) and advances. Returns the
 * number copied, or -EFAULT when not even one byte was. May sleep. */
ssize_t must_check uio_copy_out(struct uio *uio, const void *from, size_t bytes);
/* The same from the transfer's memory (a write's). */
ssize_t must_check uio_copy_in(struct uio *uio, void *to, size_t bytes);
ssize_t must_check uio_fill_zero(struct uio *uio, size_t bytes);

#endif
