/* SPDX-License-Identifier: MIT */
/*
 * A cursor over the memory of a transfer: the buffers of read, readv, pread, … in user memory, or
 * one buffer of the kernel. File systems copy through it and never see which it is.
 */
#ifndef MM_UIO_H
#define MM_UIO_H

#include "lib/abi/types.h"
#include "mm/uaccess.h"

struct uio_segment {
	user_addr_t base;
	size_t length;
};

struct uio {
	const struct uio_segment *segments; /* NULL: kernel memory */
	size_t segment_count;
	size_t segment_done; /* bytes done of segments[0] */
	char *kernel;
	size_t left;    /* bytes still to transfer, over all segments */
	bool no_reader; /* set by a pipe: it stopped because nobody reads any more */
};

void uio_init_kernel(struct uio *uio, void *buffer, size_t bytes);
void uio_init_user(struct uio *uio, const struct uio_segment *segments, size_t count);

/* Copies min(bytes, uio->left) into the transfer's memory (a read's) and advances. Returns the
 * number copied, or -EFAULT when not even one byte was. May sleep. */
ssize_t must_check uio_copy_out(struct uio *uio, const void *from, size_t bytes);
/* The same from the transfer's memory (a write's). */
ssize_t must_check uio_copy_in(struct uio *uio, void *to, size_t bytes);
ssize_t must_check uio_fill_zero(struct uio *uio, size_t bytes);

#endif
