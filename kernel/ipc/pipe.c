/* SPDX-License-Identifier: MIT */
/*
 * A pipe is a ring of 64 KiB, in pages that are made when first written to, and two queues of
 * threads that wait for bytes and for room. Whoever copies holds the lock over the copy, page by
 * page, and wakes the other side once when it is done, not once a page. The ring starts anew at its
 * first page whenever it is empty, so that small messages stay in one page.
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

#define PIPE_PAGES 16
#define PIPE_SIZE  (PIPE_PAGES * PAGE_SIZE)

struct pipe {
	unsigned users; /* [inode->lock] open files and running opens */
	struct mutex lock;
	/* [lock] */
	char *pages[PIPE_PAGES];   /* NULL: not written to yet */
	size_t start;              /* of the bytes, in the ring */
	size_t used;               /* bytes */
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
	*pipe = (struct pipe){0};
	mutex_init(&pipe->lock, "pipe", RANK_PIPE);
	waitq_init(&pipe->readable, "pipe readers");
	waitq_init(&pipe->writable, "pipe writers");
	return pipe;
}

static void pipe_free(struct pipe *pipe)
{
	for (size_t i = 0; i < PIPE_PAGES; i++)
		if (pipe->pages[i])
			frame_put(frame_of(virt_to_phys(pipe->pages[i])));
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

/* How many bytes of the ring lie in one page from `offset` on. */
static size_t left_in_page(size_t offset)
{
	return PAGE_SIZE - offset % PAGE_SIZE;
}

static char *page_for_writing(struct pipe *pipe, size_t offset)
{
	char **page = &pipe->pages[offset / PAGE_SIZE];

	if (!*page) {
		struct frame *frame = frame_alloc(0, 0);

		if (!frame)
			return NULL;
		*page = frame_vaddr(frame);
	}
	return *page + offset % PAGE_SIZE;
}

/* Both move what they can: bytes, or -errno when none. */
static ssize_t ring_take_locked(struct pipe *pipe, struct uio *to)
{
	ssize_t total = 0;

	while (pipe->used > 0 && to->left > 0) {
		size_t piece = MIN(pipe->used, left_in_page(pipe->start));
		const char *from = pipe->pages[pipe->start / PAGE_SIZE] + pipe->start % PAGE_SIZE;
		ssize_t copied = uio_copy_out(to, from, piece);

		if (copied < 0)
			return total > 0 ? total : copied;
		pipe->start = (pipe->start + copied) % PIPE_SIZE;
		pipe->used -= copied;
		total += copied;
	}
	if (pipe->used == 0)
		pipe->start = 0;
	return total;
}

static ssize_t ring_add_locked(struct pipe *pipe, struct uio *from)
{
	ssize_t total = 0;

	while (pipe->used < PIPE_SIZE && from->left > 0) {
		size_t end = (pipe->start + pipe->used) % PIPE_SIZE;
		size_t piece = MIN(PIPE_SIZE - pipe->used, left_in_page(end));
		char *to = page_for_writing(pipe, end);
		ssize_t copied = to ? uio_copy_in(from, to, piece) : -ENOMEM;

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

/* Waits for room for `bytes`. 0, -EPIPE, -EAGAIN, -EINTR. */
static int await_room_locked(struct pipe *pipe, size_t bytes, bool block)
{
	for (;;) {
		if (pipe->readers == 0)
			return -EPIPE;
		if (PIPE_SIZE - pipe->used >= bytes)
			return 0;
		if (!block)
			return -EAGAIN;
		waitq_wake_all(&pipe->readable); /* for what this write has put in so far */
		int rc = waitq_wait_mutex(&pipe->writable, &pipe->lock, WAIT_INTERRUPTIBLE,
					  TIME_NEVER, "pipe write");
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
		ssize_t done = await_room_locked(pipe, needed, block);

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
	unsigned events = PIPE_SIZE - pipe->used >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0;

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
