/* SPDX-License-Identifier: MIT */
/*
 * The cursor of a transfer. What differs between reading, writing and clearing is one step of at
 * most a segment; a loop around it walks the segments, when a transfer has several.
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

/* Moves `bytes` to or from the segment at hand, which has so many. Returns as uio_copy_out(). */
static inline __attribute__((always_inline)) ssize_t step_user(struct uio *uio, void *memory,
							       size_t bytes,
							       enum direction direction)
{
	uint64_t user = uio->user.raw;
	size_t missed;

	assert_may_sleep("copying to or from a program");
	if (direction == COPY_OUT)
		missed = arch_copy_to_user(user, memory, bytes);
	else if (direction == COPY_IN)
		missed = arch_copy_from_user(memory, user, bytes);
	else
		missed = arch_clear_user(user, bytes);
	if (__builtin_expect(missed > 0, 0)) {
		if (missed == bytes)
			return -EFAULT;
		bytes -= missed;
	}
	uio->user = user_addr_add(uio->user, bytes);
	uio->user_left -= bytes;
	uio->left -= bytes;
	return bytes;
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
static bool next_segment(struct uio *uio)
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

/* More than the segment at hand has. */
static __attribute__((noinline)) ssize_t transfer_further(struct uio *uio, void *memory,
							  size_t bytes, enum direction direction)
{
	size_t done = 0;

	while (done < bytes && (uio->user_left > 0 || next_segment(uio))) {
		size_t wanted = MIN(uio->user_left, bytes - done);
		ssize_t copied = step_user(uio, (char *)memory + done, wanted, direction);

		if (copied > 0)
			done += copied;
		if (copied < (ssize_t)wanted)
			break;
	}
	return done > 0 ? (ssize_t)done : -EFAULT;
}

/* In line, so that `direction` is known. Nearly all transfers have one segment, and need no loop:
 * 60 instructions of a pipe's round trip. */
static inline __attribute__((always_inline)) ssize_t transfer(struct uio *uio, void *memory,
							      size_t bytes,
							      enum direction direction)
{
	bytes = MIN(bytes, uio->left);
	if (__builtin_expect(bytes <= uio->user_left, 1))
		return step_user(uio, memory, bytes, direction);
	if (uio->kernel)
		return transfer_kernel(uio, memory, bytes, direction);
	return transfer_further(uio, memory, bytes, direction);
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
