/* SPDX-License-Identifier: MIT */
/*
 * The cursor of a transfer. One loop walks the segments; what differs between reading, writing and
 * clearing, user and kernel memory, is one step of at most a segment.
 */
#include "mm/uio.h"

#include "base/assert.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "lib/util.h"

enum direction { COPY_OUT, COPY_IN, FILL_ZERO };

void uio_init_kernel(struct uio *uio, void *buffer, size_t bytes)
{
	*uio = (struct uio){.kernel = buffer, .left = bytes};
}

void uio_init_user(struct uio *uio, const struct uio_segment *segments, size_t count)
{
	*uio = (struct uio){.segments = segments, .segment_count = count};
	for (size_t i = 0; i < count; i++)
		uio->left += segments[i].length;
}

static size_t step_user(user_addr_t user, void *kernel, size_t bytes, enum direction direction)
{
	switch (direction) {
	case COPY_OUT:
		return copy_to_user_partly(user, kernel, bytes);
	case COPY_IN:
		return copy_from_user_partly(kernel, user, bytes);
	default:
		return clear_user_partly(user, bytes);
	}
}

static ssize_t transfer_kernel(struct uio *uio, void *memory, size_t bytes,
			       enum direction direction)
{
	switch (direction) {
	case COPY_OUT:
		memcpy(uio->kernel, memory, bytes);
		break;
	case COPY_IN:
		memcpy(memory, uio->kernel, bytes);
		break;
	default:
		memset(uio->kernel, 0, bytes);
	}
	uio->kernel += bytes;
	uio->left -= bytes;
	return bytes;
}

static ssize_t transfer(struct uio *uio, void *memory, size_t bytes, enum direction direction)
{
	size_t done = 0;

	bytes = MIN(bytes, uio->left);
	if (!uio->segments)
		return transfer_kernel(uio, memory, bytes, direction);

	while (done < bytes) {
		size_t segment_left = uio->segments->length - uio->segment_done;
		size_t wanted = MIN(segment_left, bytes - done), copied;

		if (segment_left == 0) {
			ASSERT(uio->segment_count > 1);
			uio->segments++;
			uio->segment_count--;
			uio->segment_done = 0;
			continue;
		}
		copied = step_user(user_addr_add(uio->segments->base, uio->segment_done),
				   (char *)memory + done, wanted, direction);
		uio->segment_done += copied;
		uio->left -= copied;
		done += copied;
		if (copied < wanted)
			return done > 0 ? (ssize_t)done : -EFAULT;
	}
	return done;
}

ssize_t uio_copy_out(struct uio *uio, const void *from, size_t bytes)
{
	return transfer(uio, (void *)from, bytes, COPY_OUT);
}

ssize_t uio_copy_in(struct uio *uio, void *to, size_t bytes)
{
	return transfer(uio, to, bytes, COPY_IN);
}

ssize_t uio_fill_zero(struct uio *uio, size_t bytes)
{
	return transfer(uio, NULL, bytes, FILL_ZERO);
}
