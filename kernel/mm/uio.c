/* SPDX-License-Identifier: MIT */
/*
 * The cursor of a transfer. One loop walks the segments; what differs between reading, writing and
 * clearing, user and kernel memory, is one step of at most a segment.
 */
#include "mm/uio.h"

#include "arch/usercopy.h"
#include "base/spinlock.h"
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
	*uio = (struct uio){.next = segments};
	for (size_t i = 0; i < count; i++)
		uio->left += segments[i].length;
}

static size_t step_user(user_addr_t user, void *kernel, size_t bytes, enum direction direction)
{
	assert_may_sleep("copying to or from a program");
	switch (direction) {
	case COPY_OUT:
		return bytes - arch_copy_to_user(user.raw, kernel, bytes);
	case COPY_IN:
		return bytes - arch_copy_from_user(kernel, user.raw, bytes);
	default:
		return bytes - arch_clear_user(user.raw, bytes);
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

/* As far as it lies in the user half; behind that comes nothing good. False: not at all. */
static __attribute__((noinline)) bool next_segment(struct uio *uio)
{
	static const struct uio_segment beyond = {.base = {USER_TOP + 1}, .length = 1};
	const struct uio_segment *segment = uio->next;
	size_t room = USER_TOP - segment->base.raw;

	if (segment->length > 0 && segment->base.raw > USER_TOP)
		return false;
	uio->user = segment->base;
	uio->user_left = MIN(segment->length, room);
	uio->next = segment->length > room ? &beyond : segment + 1;
	return true;
}

/* In line, so that `direction` is known: 20 instructions. */
static inline __attribute__((always_inline)) ssize_t transfer(struct uio *uio, void *memory,
							      size_t bytes,
							      enum direction direction)
{
	size_t done = 0;

	bytes = MIN(bytes, uio->left);
	if (uio->kernel)
		return transfer_kernel(uio, memory, bytes, direction);

	while (done < bytes) {
		size_t wanted = MIN(uio->user_left, bytes - done), copied;

		if (wanted == 0) {
			if (!next_segment(uio))
				return done > 0 ? (ssize_t)done : -EFAULT;
			continue;
		}
		copied = step_user(uio->user, (char *)memory + done, wanted, direction);
		uio->user = user_addr_add(uio->user, copied);
		uio->user_left -= copied;
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
