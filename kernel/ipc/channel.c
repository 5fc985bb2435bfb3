/* SPDX-License-Identifier: MIT */
/*
 * A channel is a ring of bytes and two queues of threads that wait for bytes and for room. Whoever
 * copies holds the lock over the copy, and wakes the other side once when it is done. The ring's
 * memory comes in pieces, each as large as all before it, when it is first written to:
 *
 *      offset  0    4    8        16                32                               64 KiB
 *              | 0  | 1  |   2    |        3        |               4                |
 *
 * and the ring starts anew at offset 0 whenever it is empty: small messages stay in one page, while
 * a full ring is copied in five steps instead of sixteen. When there is no memory for a further
 * piece the ring is as small as the pieces it has, until it is empty again.
 */
#include "ipc/channel.h"

#include "lib/abi/errno.h"
#include "lib/abi/limits.h"
#include "lib/abi/poll.h"
#include "lib/util.h"
#include "mm/frame.h"

void channel_init(struct channel *channel)
{
	*channel = (struct channel){.size = CHANNEL_SIZE, .limit = CHANNEL_SIZE};
	mutex_init(&channel->lock, "channel", RANK_CHANNEL);
	waitq_init(&channel->readable, "channel readers");
	waitq_init(&channel->writable, "channel writers");
}

/* ---- The ring ---- */

static size_t piece_start(unsigned piece)
{
	return piece == 0 ? 0 : PAGE_SIZE << (piece - 1);
}

static size_t piece_end(unsigned piece)
{
	return PAGE_SIZE << piece;
}

void channel_destroy(struct channel *channel)
{
	for (unsigned i = 0; piece_start(i) < channel->made; i++)
		frame_put(frame_of(virt_to_phys(channel->pieces[i])));
}

/* The piece in which `offset` lies: how many bits its page number has. */
static unsigned piece_of(size_t offset)
{
	size_t page = offset / PAGE_SIZE;

	return page == 0 ? 0 : 64 - __builtin_clzll(page);
}

/* Makes the memory of the first `end` bytes, or makes the ring smaller. -ENOMEM: there is none at
 * all, and nothing was changed. */
static __attribute__((noinline)) int make_locked(struct channel *channel, size_t end)
{
	end = MIN(end, channel->size); /* who goes round has used all pieces before */
	while (channel->made < end) {
		unsigned piece = piece_of(channel->made);
		struct frame *frame = frame_alloc(piece == 0 ? 0 : piece - 1, 0);

		if (!frame && piece == 0)
			return -ENOMEM;
		if (!frame) {
			channel->size = channel->made;
			break;
		}
		channel->pieces[piece] = frame_vaddr(frame);
		channel->made = piece_end(piece);
	}
	return 0;
}

/* The same for `bytes` more than there are. */
static int reserve_locked(struct channel *channel, size_t bytes)
{
	size_t end = channel->start + channel->used + bytes;

	return channel->made < end ? make_locked(channel, end) : 0;
}

/* Where `offset` lies in memory, and how many bytes follow it there. */
static char *place(const struct channel *channel, size_t offset, size_t *follow)
{
	unsigned piece = piece_of(offset);

	*follow = piece_end(piece) - offset;
	return channel->pieces[piece] + (offset - piece_start(piece));
}

static size_t room_locked(const struct channel *channel)
{
	return channel->size - channel->used;
}

static void start_anew_locked(struct channel *channel)
{
	channel->start = 0;
	channel->size = channel->limit;
}

/* Both move what they can, at least a byte: there is one, and room in the uio. 0, or -EFAULT after
 * what could be moved; the uio's `left` tells how many. */
static int ring_take_locked(struct channel *channel, struct uio *to, bool peek)
{
	size_t start = channel->start, used = channel->used;
	ssize_t copied;

	do {
		size_t follow;
		const char *from = place(channel, start, &follow);

		copied = uio_copy_out(to, from, MIN(follow, used));
		if (copied < 0)
			break;
		start = (start + copied) & (channel->size - 1);
		used -= copied;
	} while (to->left > 0 && used > 0);
	if (!peek) {
		channel->start = start;
		channel->used = used;
		if (used == 0)
			start_anew_locked(channel);
	}
	return copied < 0 ? copied : 0;
}

/* Into memory that reserve_locked() has made. */
static int ring_add_locked(struct channel *channel, struct uio *from)
{
	do {
		size_t follow, end = (channel->start + channel->used) & (channel->size - 1);
		char *to = place(channel, end, &follow);
		ssize_t copied = uio_copy_in(from, to, MIN(follow, room_locked(channel)));

		if (copied < 0)
			return copied;
		channel->used += copied;
	} while (from->left > 0 && room_locked(channel) > 0);
	return 0;
}

/* ---- Reading and writing ---- */

/* Is there anyone to wake? The lock is held: whoever arms later finds the state changed. */
static bool awaited_locked(const struct wait_queue *queue)
{
	/* relaxed: the channel's lock orders it */
	return __atomic_load_n(&queue->waiters.head.next, __ATOMIC_RELAXED) != &queue->waiters.head;
}

static int sleep_locked(struct channel *channel, struct wait_queue *queue,
			const struct channel_transfer *how)
{
	if (!how->block)
		return -EAGAIN;
	int rc = waitq_wait_mutex(queue, &channel->lock, WAIT_INTERRUPTIBLE, how->deadline,
				  how->reason);
	return rc == -ETIMEDOUT ? -EAGAIN : rc;
}

/* Waits for bytes. 1: there are some; 0: end of file; -EAGAIN, -EINTR. */
static int await_bytes_locked(struct channel *channel, const struct channel_transfer *how)
{
	while (channel->used == 0) {
		if (channel->writers == 0)
			return 0;
		int rc = sleep_locked(channel, &channel->readable, how);
		if (rc)
			return rc;
	}
	return 1;
}

static ssize_t read_locked(struct channel *channel, struct uio *to,
			   const struct channel_transfer *how)
{
	size_t asked = to->left;
	int rc;

	do {
		rc = await_bytes_locked(channel, how);
		if (rc <= 0)
			break;
		rc = ring_take_locked(channel, to, how->peek);
		if (how->all && !how->peek)
			waitq_wake_all(&channel->writable); /* before sleeping for more */
	} while (rc == 0 && how->all && !how->peek && to->left > 0);
	return to->left < asked ? (ssize_t)(asked - to->left) : rc;
}

ssize_t channel_read(struct channel *channel, struct uio *to, const struct channel_transfer *how)
{
	mutex_lock(&channel->lock);
	ssize_t done = read_locked(channel, to, how);
	bool wake = done > 0 && awaited_locked(&channel->writable);
	mutex_unlock(&channel->lock);
	if (wake)
		waitq_wake_all(&channel->writable);
	return done;
}

/* Waits for room for `needed` bytes, and makes memory for up to `wanted`. 0, -EPIPE, -EAGAIN,
 * -EINTR, -ENOMEM. */
static int await_room_locked(struct channel *channel, size_t needed, size_t wanted,
			     const struct channel_transfer *how)
{
	for (;;) {
		if (channel->readers == 0)
			return -EPIPE;
		int rc = reserve_locked(channel, wanted);
		if (rc || room_locked(channel) >= needed)
			return rc;
		if (how->block)
			waitq_wake_all(&channel->readable); /* for what went in so far */
		rc = sleep_locked(channel, &channel->writable, how);
		if (rc)
			return rc;
	}
}

static ssize_t write_locked(struct channel *channel, struct uio *from,
			    const struct channel_transfer *how)
{
	size_t asked = from->left;
	bool whole = asked <= how->whole;
	int rc = 0;

	while (rc == 0 && from->left > 0) {
		rc = await_room_locked(channel, whole ? asked : 1, from->left, how);
		if (rc == 0)
			rc = ring_add_locked(channel, from);
	}
	size_t done = asked - from->left;
	if (rc && whole) { /* a fault among the bytes, if there are any */
		channel->used -= done;
		done = 0;
	}
	from->no_reader = rc == -EPIPE;
	return done > 0 ? (ssize_t)done : rc;
}

ssize_t channel_write(struct channel *channel, struct uio *from, const struct channel_transfer *how)
{
	mutex_lock(&channel->lock);
	ssize_t done = write_locked(channel, from, how);
	bool wake = done > 0 && awaited_locked(&channel->readable);
	mutex_unlock(&channel->lock);
	if (wake)
		waitq_wake_all(&channel->readable);
	return done;
}

/* ---- Looking and telling ---- */

unsigned channel_read_events_locked(const struct channel *channel)
{
	return channel->used > 0 ? POLLIN | POLLRDNORM : 0;
}

unsigned channel_write_events_locked(const struct channel *channel)
{
	return room_locked(channel) >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0;
}

int channel_used(struct channel *channel)
{
	mutex_lock(&channel->lock);
	int used = channel->used;
	mutex_unlock(&channel->lock);
	return used;
}

void channel_shut(struct channel *channel)
{
	mutex_lock(&channel->lock);
	channel->readers = channel->writers = 0;
	mutex_unlock(&channel->lock);
	channel_wake_all(channel);
}

void channel_set_limit(struct channel *channel, size_t limit)
{
	mutex_lock(&channel->lock);
	channel->limit = limit;
	if (channel->used == 0)
		start_anew_locked(channel);
	mutex_unlock(&channel->lock);
}

size_t channel_limit(struct channel *channel)
{
	mutex_lock(&channel->lock);
	size_t limit = channel->limit;
	mutex_unlock(&channel->lock);
	return limit;
}

void channel_wake_all(struct channel *channel)
{
	waitq_wake_all(&channel->readable);
	waitq_wake_all(&channel->writable);
}
