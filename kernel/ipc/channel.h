/* SPDX-License-Identifier: MIT */
/*
 * A channel: up to 64 KiB of bytes on their way from writers to readers. A pipe is one channel, a
 * connection of two stream sockets is two. This is message passing in its plainest form: the bytes
 * are copied into the kernel and out of it, and who has nothing to read, or no room to write,
 * sleeps; nothing is shared, so nothing has to be locked by the programs.
 *
 * The owner counts who is at either end, in `readers` and `writers`. Without writers a reader gets
 * what is left and then end of file; without readers a writer gets -EPIPE.
 */
#ifndef IPC_CHANNEL_H
#define IPC_CHANNEL_H

#include "mm/uio.h"
#include "sync/mutex.h"

#define CHANNEL_PIECES 5
#define CHANNEL_SIZE   (PAGE_SIZE << (CHANNEL_PIECES - 1))

struct channel {
	struct mutex lock; /* held over the copying: user memory is touched under it */
	/* [lock] */
	char *pieces[CHANNEL_PIECES];
	size_t made;               /* so much of the ring has memory: whole pieces */
	size_t size;               /* of the ring now: a power of two */
	size_t limit;              /* what `size` may be when it starts anew: likewise */
	size_t start;              /* of the bytes in it */
	size_t used;               /* bytes in it */
	unsigned readers, writers; /* at the ends; who changes them wakes the other side */
	struct wait_queue readable, writable;
};

/* How one read or write is to be done. */
struct channel_transfer {
	bool block;
	bool peek;          /* read: the bytes stay */
	bool all;           /* read: until `to` is full or no more can come */
	uint64_t deadline;  /* ns since boot, TIME_NEVER: none */
	size_t whole;       /* write: up to so many bytes go in at once or not at all */
	const char *reason; /* shown for who sleeps */
};

/* Empty, without memory yet, with nobody at either end. */
void channel_init(struct channel *channel);
void channel_destroy(struct channel *channel); /* gives the ring's memory back */

/* Both move bytes as `how` says and wake the other side: how many, or -errno when none. 0: end of
 * file, or nothing was asked for. -EAGAIN (not to block, or the deadline), -EINTR, -EFAULT; write:
 * -EPIPE, -ENOMEM, and from->no_reader says whether it ended for want of readers, also in the
 * middle. May sleep. */
ssize_t must_check channel_read(struct channel *channel, struct uio *to,
				const struct channel_transfer *how);
ssize_t must_check channel_write(struct channel *channel, struct uio *from,
				 const struct channel_transfer *how);

/* The ring holds up to `limit` bytes (a power of two from PAGE_SIZE to CHANNEL_SIZE) from the next
 * time on that it is empty. */
void channel_set_limit(struct channel *channel, size_t limit);
size_t channel_limit(struct channel *channel);

/* POLLIN or POLLOUT, as far as the ring itself says. The lock is held. */
unsigned channel_read_events_locked(const struct channel *channel);
unsigned channel_write_events_locked(const struct channel *channel);
/* Ends it from either side: `readers` and `writers` are 0 from now on. */
void channel_shut(struct channel *channel);
int channel_used(struct channel *channel); /* bytes in it: FIONREAD */
/* The ends have changed: whoever sleeps looks again. */
void channel_wake_all(struct channel *channel);

#endif
