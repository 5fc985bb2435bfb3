/* SPDX-License-Identifier: MIT */
/*
 * A pipe is a channel with files at its ends. A FIFO's pipe hangs at its inode from the first open
 * to the last close; an anonymous pipe is a FIFO whose inode has no name, opened twice.
 *
 * Locks: inode->lock (which pipe, how many users) → channel.lock (all else).
 */
#include "ipc/pipe.h"

#include "arch/rare.h"
#include "ipc/channel.h"
#include "ipc/poll.h"
#include "lib/abi/errno.h"
#include "lib/abi/ioctl.h"
#include "lib/abi/limits.h"
#include "mm/slab.h"

struct pipe {
	unsigned users;         /* [inode->lock] open files and running opens */
	struct channel channel; /* its readers and writers are open files */
	/* [channel.lock] ever: who waits for a partner sees one that left again */
	uint64_t reader_opens, writer_opens;
};

static struct slab_cache pipe_cache;

/* ---- Life ---- */

static struct pipe *pipe_alloc(void)
{
	struct pipe *pipe = slab_alloc(&pipe_cache);

	if (!pipe)
		return NULL;
	pipe->users = 0;
	pipe->reader_opens = pipe->writer_opens = 0;
	channel_init(&pipe->channel);
	return pipe;
}

static void pipe_free(struct pipe *pipe)
{
	channel_destroy(&pipe->channel);
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

/* ---- Reading and writing ---- */

/* What read and write ask of the channel, by whether they wait: up to PIPE_BUF goes in at once,
 * more as room comes. */
#define TRANSFER(waits, why)                                                                 \
	{                                                                                    \
		.block = (waits), .deadline = TIME_NEVER, .whole = PIPE_BUF, .reason = (why) \
	}
static const struct channel_transfer reading = TRANSFER(true, "pipe read");
static const struct channel_transfer reading_now = TRANSFER(false, "pipe read");
static const struct channel_transfer writing = TRANSFER(true, "pipe write");
static const struct channel_transfer writing_now = TRANSFER(false, "pipe write");

static HOT ssize_t pipe_read(struct file *file, struct uio *to, uint64_t *position)
{
	struct pipe *pipe = file->private;

	if (to->left == 0)
		return 0;
	if (file->flags & O_NONBLOCK)
		return channel_read(&pipe->channel, to, &reading_now);
	return channel_read(&pipe->channel, to, &reading);
}

static HOT ssize_t pipe_write(struct file *file, struct uio *from, uint64_t *position)
{
	struct pipe *pipe = file->private;

	if (file->flags & O_NONBLOCK)
		return channel_write(&pipe->channel, from, &writing_now);
	return channel_write(&pipe->channel, from, &writing);
}

/* A FIFO opened without waiting hangs up only after a writer has been there. */
static bool hung_up_locked(const struct pipe *pipe, const struct file *file)
{
	return pipe->channel.writers == 0 && pipe->writer_opens != file->position;
}

static unsigned pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe *pipe = file->private;
	unsigned events = 0;

	if (file_readable(file))
		poll_arm(table, &pipe->channel.readable);
	if (file_writable(file))
		poll_arm(table, &pipe->channel.writable);
	mutex_lock(&pipe->channel.lock);
	if (file_readable(file))
		events |= channel_read_events_locked(&pipe->channel) |
			  (hung_up_locked(pipe, file) ? POLLHUP : 0);
	if (file_writable(file))
		events |= channel_write_events_locked(&pipe->channel) |
			  (pipe->channel.readers == 0 ? POLLERR : 0);
	mutex_unlock(&pipe->channel.lock);
	return events;
}

static long pipe_ioctl(struct file *file, unsigned command, user_addr_t argument)
{
	struct pipe *pipe = file->private;

	if (command != FIONREAD)
		return -ENOTTY;
	int used = channel_used(&pipe->channel);
	return copy_to_user(argument, &used, sizeof(used));
}

/* ---- Opening and closing ---- */

/* A file leaves, or an open that waited in vain. */
static void leave_locked(struct pipe *pipe, const struct file *file)
{
	if (file_readable(file))
		pipe->channel.readers--;
	if (file_writable(file))
		pipe->channel.writers--;
	channel_wake_all(&pipe->channel);
}

static void pipe_release(struct file *file)
{
	struct pipe *pipe = file->private;

	mutex_lock(&pipe->channel.lock);
	leave_locked(pipe, file);
	mutex_unlock(&pipe->channel.lock);
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
		pipe->channel.readers++;
		pipe->reader_opens++;
		waitq_wake_all(&pipe->channel.writable);
	}
	if (file_writable(file)) {
		pipe->channel.writers++;
		pipe->writer_opens++;
		waitq_wake_all(&pipe->channel.readable);
	}
}

/* Waits until somebody has opened the other side. */
static int await_partner_locked(struct pipe *pipe, struct wait_queue *queue,
				const unsigned *partners, const uint64_t *opens)
{
	uint64_t before = *opens;

	while (*partners == 0 && *opens == before) {
		int rc = waitq_wait_mutex(queue, &pipe->channel.lock, WAIT_INTERRUPTIBLE,
					  TIME_NEVER, "open of a FIFO");
		if (rc)
			return rc;
	}
	return 0;
}

static int fifo_join_locked(struct pipe *pipe, struct file *file)
{
	bool block = !(file->flags & O_NONBLOCK);

	if (!file_readable(file) && pipe->channel.readers == 0 && !block)
		return -ENXIO;
	join_locked(pipe, file);
	int rc = 0;
	if (!file_readable(file) && block)
		rc = await_partner_locked(pipe, &pipe->channel.writable, &pipe->channel.readers,
					  &pipe->reader_opens);
	else if (!file_writable(file) && block)
		rc = await_partner_locked(pipe, &pipe->channel.readable, &pipe->channel.writers,
					  &pipe->writer_opens);
	else if (pipe->channel.writers == 0)
		file->position = pipe->writer_opens; /* const from now on; see hung_up_locked() */
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
	mutex_lock(&pipe->channel.lock);
	if (inode->device == DEVICE_PIPE)
		join_locked(pipe, file);
	else
		rc = fifo_join_locked(pipe, file);
	mutex_unlock(&pipe->channel.lock);
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
