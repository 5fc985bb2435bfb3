/* SPDX-License-Identifier: MIT */
/*
 * A pipe is a ring of 64 KiB and two queues of threads that wait for bytes and for room. Whoever
 * copies holds the lock over the copy, and wakes the other side once when it is done. The ring's
 * memory comes in pieces, each as large as all before it, when it is first written to:
 *
 *      offset  0    4    8        16                32                               64 KiB
 *              | 0  | 1  |   2    |        3        |               4                |
 *
 * and the ring starts anew at offset 0 whenever it is empty: small messages stay in one page, while
 * a full pipe is copied in five steps instead of sixteen. When there is no memory for a further
 * piece the ring is as small as the pieces it has, until it is empty again.
 *
 * A FIFO's pipe hangs at its inode from the first open to the last close; an anonymous pipe is a
 * FIFO whose inode has no name, opened twice.
 *
 * Locks: inode->lock (which pipe, how many users) → pipe->lock (all else); user memory is touched
 * under pipe->lock.
 */
#include "ipc/pipe.h"

#include "base/assert.h"
#include "ipc/poll.h"
#include "lib/abi/errno.h"
#include "lib/abi/ioctl.h"
#include "lib/abi/limits.h"
#include "lib/util.h"
#include "mm/frame.h"
#include "mm/slab.h"

#define PIPE_PIECES 5
#define PIPE_SIZE   (PAGE_SIZE << (PIPE_PIECES - 1))

struct pipe {
	unsigned users; /* [inode->lock] open files and running opens */
	struct mutex lock;
	/* [lock] */
	char *pieces[PIPE_PIECES];
	unsigned piece_count;      /* made so far */
	size_t size;               /* of the ring now: a power of two */
	size_t start;              /* of the bytes in it */
	size_t used;               /* bytes in it */
	unsigned readers, writers; /* open files */
	uint64_t reader_opens,
		writer_opens; /* ever: who waits for a partner sees one that left again */
	struct wait_queue readable, writable;
};

static struct slab_cache pipe_cache;

/* ---- Life ---- */

static struct pipe *pipe_alloc(void)
{
	struct pipe *pipe = slab_alloc(&pipe_cache);

	if (!pipe)
		return NULL;
	*pipe = (struct pipe){.size = PIPE_SIZE};
	mutex_init(&pipe->lock, "pipe", RANK_PIPE);
	waitq_init(&pipe->readable, "pipe readers");
	waitq_init(&pipe->writable, "pipe writers");
	return pipe;
}

static void pipe_free(struct pipe *pipe)
{
	for (unsigned i = 0; i < pipe->piece_count; i++)
		frame_put(frame_of(virt_to_phys(pipe->pieces[i])));
	slab_free(&pipe_cache, pipe);
}

/* The pipe of a FIFO, made for its first user. NULL: no memory. */
static struct pipe *pipe_take(struct inode *inode)
{
	mutex_lock(&inode->lock);
	if (!inode->special)
		inode->special = pipe_alloc();
	struct pipe *pipe = inode->special;
	if (pipe)
		pipe->users++;
	mutex_unlock(&inode->lock);
	return pipe;
}

static void pipe_drop(struct inode *inode)
{
	mutex_lock(&inode->lock);
	struct pipe *pipe = inode->special;
	bool last = --pipe->users == 0;
	if (last)
		inode->special = NULL;
	mutex_unlock(&inode->lock);
	if (last)
		pipe_free(pipe);
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

/* The piece in which `offset` lies: how many bits its page number has. */
static unsigned piece_of(size_t offset)
{
	size_t page = offset / PAGE_SIZE;

	return page == 0 ? 0 : 64 - __builtin_clzll(page);
}

/* Makes the memory for `bytes` more, or makes the ring smaller. -ENOMEM: there is none at all. */
static int reserve_locked(struct pipe *pipe, size_t bytes)
{
	/* Who goes round has used all pieces before. */
	size_t end = MIN(pipe->start + pipe->used + bytes, pipe->size);

	while (pipe->piece_count <= piece_of(end - 1)) {
		unsigned piece = pipe->piece_count;
		struct frame *frame = frame_alloc(piece == 0 ? 0 : piece - 1, 0);

		if (!frame) {
			pipe->size = piece_start(piece);
			break;
		}
		pipe->pieces[piece] = frame_vaddr(frame);
		pipe->piece_count++;
	}
	return pipe->piece_count > 0 ? 0 : -ENOMEM;
}

/* Where `offset` lies in memory, and how many bytes follow it there. */
static char *place(const struct pipe *pipe, size_t offset, size_t *follow)
{
	unsigned piece = piece_of(offset);

	*follow = piece_end(piece) - offset;
	return pipe->pieces[piece] + (offset - piece_start(piece));
}

static size_t room_locked(const struct pipe *pipe)
{
	return pipe->size - pipe->used;
}

/* Both move what they can: bytes, or -errno when none. */
static ssize_t ring_take_locked(struct pipe *pipe, struct uio *to)
{
	ssize_t total = 0;

	while (pipe->used > 0 && to->left > 0) {
		size_t follow;
		const char *from = place(pipe, pipe->start, &follow);
		ssize_t copied = uio_copy_out(to, from, MIN(follow, pipe->used));

		if (copied < 0)
			return total > 0 ? total : copied;
		pipe->start = (pipe->start + copied) & (pipe->size - 1);
		pipe->used -= copied;
		total += copied;
	}
	if (pipe->used == 0) {
		pipe->start = 0;
		pipe->size = PIPE_SIZE;
	}
	return total;
}

/* Into memory that reserve_locked() has made. */
static ssize_t ring_add_locked(struct pipe *pipe, struct uio *from)
{
	ssize_t total = 0;

	while (room_locked(pipe) > 0 && from->left > 0) {
		size_t follow;
		char *to = place(pipe, (pipe->start + pipe->used) & (pipe->size - 1), &follow);
		ssize_t copied = uio_copy_in(from, to, MIN(follow, room_locked(pipe)));

		if (copied < 0)
			return total > 0 ? total : copied;
		pipe->used += copied;
		total += copied;
	}
	return total;
}

/* ---- Reading and writing ---- */

/* Is there anyone to wake? The lock is held: whoever arms later finds the state changed. */
static bool awaited_locked(const struct wait_queue *queue)
{
	/* relaxed: the pipe's lock orders it */
	return __atomic_load_n(&queue->waiters.head.next, __ATOMIC_RELAXED) != &queue->waiters.head;
}

/* Waits for bytes. 1: there are some; 0: end of file; -EAGAIN, -EINTR. */
static int await_bytes_locked(struct pipe *pipe, bool block)
{
	while (pipe->used == 0) {
		if (pipe->writers == 0)
			return 0;
		if (!block)
			return -EAGAIN;
		int rc = waitq_wait_mutex(&pipe->readable, &pipe->lock, WAIT_INTERRUPTIBLE,
					  TIME_NEVER, "pipe read");
		if (rc)
			return rc;
	}
	return 1;
}

static ssize_t pipe_read(struct file *file, struct uio *to, uint64_t *position)
{
	struct pipe *pipe = file->private;

	if (to->left == 0)
		return 0;
	mutex_lock(&pipe->lock);
	ssize_t done = await_bytes_locked(pipe, !(file->flags & O_NONBLOCK));
	if (done > 0)
		done = ring_take_locked(pipe, to);
	bool wake = done > 0 && awaited_locked(&pipe->writable);
	mutex_unlock(&pipe->lock);
	if (wake)
		waitq_wake_all(&pipe->writable);
	return done;
}

/* Waits for room for `needed` bytes, and makes memory for up to `wanted`. 0, -EPIPE, -EAGAIN,
 * -EINTR, -ENOMEM. */
static int await_room_locked(struct pipe *pipe, size_t needed, size_t wanted, bool block)
{
	for (;;) {
		if (pipe->readers == 0)
			return -EPIPE;
		int rc = reserve_locked(pipe, MIN(wanted, room_locked(pipe)));
		if (rc || room_locked(pipe) >= needed)
			return rc;
		if (!block)
			return -EAGAIN;
		waitq_wake_all(&pipe->readable); /* for what this write has put in so far */
		rc = waitq_wait_mutex(&pipe->writable, &pipe->lock, WAIT_INTERRUPTIBLE, TIME_NEVER,
				      "pipe write");
		if (rc)
			return rc;
	}
}

static ssize_t write_locked(struct pipe *pipe, struct uio *from, bool block)
{
	/* Up to PIPE_BUF goes in at once, more as room comes. */
	size_t needed = from->left <= PIPE_BUF ? from->left : 1;
	ssize_t total = 0;

	while (from->left > 0) {
		ssize_t done = await_room_locked(pipe, needed, from->left, block);

		if (done == 0)
			done = ring_add_locked(pipe, from);
		if (done < 0)
			return total > 0 ? total : done;
		total += done;
	}
	return total;
}

static ssize_t pipe_write(struct file *file, struct uio *from, uint64_t *position)
{
	struct pipe *pipe = file->private;

	mutex_lock(&pipe->lock);
	ssize_t done = write_locked(pipe, from, !(file->flags & O_NONBLOCK));
	bool wake = done > 0 && awaited_locked(&pipe->readable);
	mutex_unlock(&pipe->lock);
	if (wake)
		waitq_wake_all(&pipe->readable);
	return done;
}

static unsigned read_events_locked(const struct pipe *pipe, const struct file *file)
{
	unsigned events = pipe->used > 0 ? POLLIN | POLLRDNORM : 0;

	/* A FIFO opened without waiting hangs up only after a writer has been there. */
	if (pipe->writers == 0 && pipe->writer_opens != file->position)
		events |= POLLHUP;
	return events;
}

static unsigned write_events_locked(const struct pipe *pipe)
{
	unsigned events = room_locked(pipe) >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0;

	return pipe->readers > 0 ? events : events | POLLERR;
}

static unsigned pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe *pipe = file->private;
	unsigned events = 0;

	if (file_readable(file))
		poll_arm(table, &pipe->readable);
	if (file_writable(file))
		poll_arm(table, &pipe->writable);
	mutex_lock(&pipe->lock);
	if (file_readable(file))
		events |= read_events_locked(pipe, file);
	if (file_writable(file))
		events |= write_events_locked(pipe);
	mutex_unlock(&pipe->lock);
	return events;
}

static long pipe_ioctl(struct file *file, unsigned command, user_addr_t argument)
{
	struct pipe *pipe = file->private;

	if (command != FIONREAD)
		return -ENOTTY;
	mutex_lock(&pipe->lock);
	int used = pipe->used;
	mutex_unlock(&pipe->lock);
	return copy_to_user(argument, &used, sizeof(used));
}

/* ---- Opening and closing ---- */

/* A file leaves, or an open that waited in vain. */
static void leave_locked(struct pipe *pipe, const struct file *file)
{
	if (file_readable(file))
		pipe->readers--;
	if (file_writable(file))
		pipe->writers--;
	waitq_wake_all(&pipe->readable);
	waitq_wake_all(&pipe->writable);
}

static void pipe_release(struct file *file)
{
	struct pipe *pipe = file->private;

	mutex_lock(&pipe->lock);
	leave_locked(pipe, file);
	mutex_unlock(&pipe->lock);
	pipe_drop(file->inode);
}

static const struct file_ops pipe_ops = {
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.release = pipe_release,
};

/* Counts the file in and tells those who wait for a partner. */
static void join_locked(struct pipe *pipe, const struct file *file)
{
	if (file_readable(file)) {
		pipe->readers++;
		pipe->reader_opens++;
		waitq_wake_all(&pipe->writable);
	}
	if (file_writable(file)) {
		pipe->writers++;
		pipe->writer_opens++;
		waitq_wake_all(&pipe->readable);
	}
}

/* Waits until somebody has opened the other side. */
static int await_partner_locked(struct pipe *pipe, struct wait_queue *queue,
				const unsigned *partners, const uint64_t *opens)
{
	uint64_t before = *opens;

	while (*partners == 0 && *opens == before) {
		int rc = waitq_wait_mutex(queue, &pipe->lock, WAIT_INTERRUPTIBLE, TIME_NEVER,
					  "open of a FIFO");
		if (rc)
			return rc;
	}
	return 0;
}

static int fifo_join_locked(struct pipe *pipe, struct file *file)
{
	bool block = !(file->flags & O_NONBLOCK);

	if (!file_readable(file) && pipe->readers == 0 && !block)
		return -ENXIO;
	join_locked(pipe, file);
	int rc = 0;
	if (!file_readable(file) && block)
		rc = await_partner_locked(pipe, &pipe->writable, &pipe->readers,
					  &pipe->reader_opens);
	else if (!file_writable(file) && block)
		rc = await_partner_locked(pipe, &pipe->readable, &pipe->writers,
					  &pipe->writer_opens);
	else if (pipe->writers == 0)
		file->position =
			pipe->writer_opens; /* const from now on; see read_events_locked() */
	if (rc)
		leave_locked(pipe, file);
	return rc;
}

/* Opens a FIFO, or an end of an anonymous pipe: that never waits, also when it is reopened
 * through /proc/self/fd. */
static int fifo_open(struct inode *inode, struct file *file)
{
	struct pipe *pipe = pipe_take(inode);

	if (!pipe)
		return -ENOMEM;
	int rc = 0;
	mutex_lock(&pipe->lock);
	if (inode->device == DEVICE_PIPE)
		join_locked(pipe, file);
	else
		rc = fifo_join_locked(pipe, file);
	mutex_unlock(&pipe->lock);
	if (rc) {
		pipe_drop(inode);
		return rc;
	}
	file->private = pipe;
	file->ops = &pipe_ops;
	return 0;
}

static int open_ends(struct dentry *dentry, struct file *ends[2])
{
	int rc = file_open(dentry, O_RDONLY, &ends[0]);

	if (rc)
		return rc;
	rc = file_open(dentry, O_WRONLY, &ends[1]);
	if (rc)
		file_put(ends[0]);
	return rc;
}

int pipe_create(int flags, struct file *ends[2])
{
	struct inode *inode = inode_create(DEVICE_PIPE, S_IFIFO | 0600, NULL, NULL);

	if (!inode)
		return -ENOMEM;
	struct dentry *dentry = dentry_create(NULL, NULL, inode);
	if (!dentry) {
		inode_put(inode);
		return -ENOMEM;
	}
	int rc = open_ends(dentry, ends);
	dentry_put(dentry);
	if (rc)
		return rc;
	ends[0]->flags = O_RDONLY | (flags & O_NONBLOCK);
	ends[1]->flags = O_WRONLY | (flags & O_NONBLOCK);
	return 0;
}

void pipe_init(void)
{
	slab_cache_init(&pipe_cache, "pipe", sizeof(struct pipe), 0);
	vfs_set_fifo_open(fifo_open);
}
