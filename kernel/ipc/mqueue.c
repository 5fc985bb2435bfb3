/* SPDX-License-Identifier: MIT */
/*
 * A queue hangs at an inode (its `special`), which the table of names refers to by a dentry until
 * the name is unlinked, and each open file too: the inode's release frees the queue. Messages are
 * copied in before the lock is taken and out after it was dropped, so that it is held for a few
 * instructions.
 *
 * Locks: queue_names.lock (which names there are); queue->lock (all else of one queue).
 */
#include "ipc/mqueue.h"

#include "ipc/ipc_names.h"
#include "ipc/poll.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "lib/util.h"
#include "mm/slab.h"
#include "sched/thread.h"

struct message {
	struct tree_node node;
	unsigned priority;
	size_t bytes;
	char data[];
};

struct mqueue {
	struct ipc_name name;  /* [queue_names.lock] */
	struct dentry *dentry; /* [likewise] the name's reference */
	/* const after creation */
	size_t max_messages, message_bytes;
	size_t reserved; /* of `reserved_bytes` */
	struct mutex lock;
	/* [lock] */
	struct tree messages; /* in the order in which they are taken */
	size_t count;
	size_t receivers;               /* that wait, or have been woken and not yet looked */
	struct mqueue_watcher *watcher; /* NULL: none */
	struct wait_queue readable, writable;
};

static struct ipc_names queue_names;
static _Atomic size_t reserved_bytes; /* that all queues may come to hold */

/* ---- Life ---- */

static void queue_release(struct inode *inode)
{
	struct mqueue *queue = inode->special;
	struct tree_node *node;

	while ((node = tree_first(&queue->messages))) {
		tree_remove(&queue->messages, node);
		kfree(container_of(node, struct message, node));
	}
	if (queue->watcher)
		queue->watcher->forget(queue->watcher);
	reserved_bytes -= queue->reserved;
	kfree(queue);
}

static const struct inode_ops inode_ops = {.release = queue_release};
static const struct file_ops mqueue_ops;

static struct mqueue *queue_alloc(const struct mqueue_open *how)
{
	struct mqueue *queue = kzalloc(sizeof(*queue));

	if (!queue)
		return NULL;
	queue->max_messages = (size_t)how->max_messages;
	queue->message_bytes = (size_t)how->message_bytes;
	mutex_init(&queue->lock, "message queue", RANK_CHANNEL);
	tree_init(&queue->messages);
	waitq_init(&queue->readable, "message receivers");
	waitq_init(&queue->writable, "message senders");
	return queue;
}

/* The dentry says "/name", as it does on Linux, though the root directory knows nothing of it. */
static struct dentry *make_dentry(struct mqueue *queue, const char *name, mode_t mode)
{
	struct inode *inode = inode_create(DEVICE_MQUEUE, S_IFREG | mode, &inode_ops, &mqueue_ops);

	if (!inode) {
		kfree(queue);
		return NULL;
	}
	inode->special = queue;
	struct dentry *dentry = dentry_create(vfs_root(), name, inode);
	if (!dentry)
		inode_put(inode);
	return dentry;
}

/* Makes the queue and its name; the dentry is the name's. */
static int create_locked(const char *name, const struct mqueue_open *how, struct mqueue **created)
{
	if (how->max_messages <= 0 || how->max_messages > MQUEUE_MESSAGES_MAX ||
	    how->message_bytes <= 0 || how->message_bytes > (long)MQUEUE_BYTES_MAX)
		return -EINVAL;
	size_t bytes =
		(size_t)how->max_messages * (sizeof(struct message) + (size_t)how->message_bytes);
	if (bytes > how->limit || reserved_bytes > how->limit - bytes)
		return -EMFILE;
	struct mqueue *queue = queue_alloc(how);
	struct dentry *dentry = queue ? make_dentry(queue, name, how->mode) : NULL;
	if (!dentry)
		return -ENOMEM;
	queue->reserved = bytes;
	reserved_bytes += bytes; /* with the names' lock held: the only place where it grows */
	queue->dentry = dentry;
	queue->name = (struct ipc_name){.text = dentry->name, .length = strlen(name)};
	(void)!ipc_names_add_locked(&queue_names, &queue->name);
	*created = queue;
	return 0;
}

static struct mqueue *find_locked(const char *name)
{
	struct ipc_name *entry = ipc_names_find_locked(&queue_names, name, strlen(name));

	return entry ? container_of(entry, struct mqueue, name) : NULL;
}

int mqueue_open(const char *name, const struct mqueue_open *how, struct file **file)
{
	struct dentry *dentry = NULL;
	int rc = 0;

	mutex_lock(&queue_names.lock);
	struct mqueue *queue = find_locked(name);
	if (queue && (how->flags & O_CREAT) && (how->flags & O_EXCL))
		rc = -EEXIST;
	else if (!queue)
		rc = how->flags & O_CREAT ? create_locked(name, how, &queue) : -ENOENT;
	if (!rc) {
		dentry = queue->dentry;
		dentry_get(dentry);
	}
	mutex_unlock(&queue_names.lock);
	if (rc)
		return rc;
	rc = file_open(dentry, how->flags & (O_ACCMODE | O_NONBLOCK), file);
	dentry_put(dentry);
	return rc;
}

int mqueue_unlink(const char *name)
{
	mutex_lock(&queue_names.lock);
	struct mqueue *queue = find_locked(name);
	if (queue)
		ipc_names_remove_locked(&queue_names, &queue->name);
	mutex_unlock(&queue_names.lock);
	if (!queue)
		return -ENOENT;
	dentry_put(queue->dentry);
	return 0;
}

/* ---- Messages ---- */

static struct message *message_of(struct tree_node *node)
{
	return container_of(node, struct message, node);
}

/* Behind all that are as urgent. */
static void insert_locked(struct mqueue *queue, struct message *message)
{
	struct tree_node **link = &queue->messages.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = message->priority > message_of(parent)->priority ? &parent->left
									: &parent->right;
	}
	tree_insert(&queue->messages, &message->node, parent, link);
	queue->count++;
}

static struct message *take_locked(struct mqueue *queue)
{
	struct message *message = message_of(tree_first(&queue->messages));

	tree_remove(&queue->messages, &message->node);
	queue->count--;
	return message;
}

static int sleep_locked(struct mqueue *queue, struct wait_queue *waiters, bool block,
			uint64_t deadline, const char *reason)
{
	if (!block)
		return -EAGAIN;
	return waitq_wait_mutex(waiters, &queue->lock, WAIT_INTERRUPTIBLE, deadline, reason);
}

/* The file's queue, if the file may be used for this. */
static struct mqueue *queue_of(const struct file *file, bool allowed)
{
	return file->ops == &mqueue_ops && allowed ? file->inode->special : NULL;
}

static bool blocks(const struct file *file)
{
	return !(file->flags & O_NONBLOCK);
}

static struct message *copy_in(struct uio *from, unsigned priority, int *error)
{
	size_t bytes = from->left;
	struct message *message = kmalloc(sizeof(*message) + bytes);

	*error = -ENOMEM;
	if (!message)
		return NULL;
	tree_node_init(&message->node);
	message->priority = priority;
	message->bytes = bytes;
	*error = -EFAULT;
	if (bytes == 0 || uio_copy_in(from, message->data, bytes) == (ssize_t)bytes)
		return message;
	kfree(message);
	return NULL;
}

int mqueue_send(struct file *file, struct uio *from, unsigned priority, uint64_t deadline)
{
	struct mqueue *queue = queue_of(file, file_writable(file));
	int rc = 0;

	if (!queue)
		return -EBADF;
	if (from->left > queue->message_bytes)
		return -EMSGSIZE;
	struct message *message = copy_in(from, priority, &rc);
	if (!message)
		return rc;
	mutex_lock(&queue->lock);
	for (rc = 0; !rc && queue->count == queue->max_messages;)
		rc = sleep_locked(queue, &queue->writable, blocks(file), deadline, "mq_send");
	/* What there is room for goes in, also after a signal that came as late. */
	bool sent = queue->count < queue->max_messages;
	if (sent)
		insert_locked(queue, message);
	/* One more than those who wait will take: the first that stays. */
	struct mqueue_watcher *watcher = queue->watcher;
	if (sent && watcher && queue->count == queue->receivers + 1) {
		queue->watcher = NULL;
		watcher->notify(watcher);
	}
	mutex_unlock(&queue->lock);
	if (!sent) {
		kfree(message);
		return rc;
	}
	waitq_wake_all(&queue->readable);
	return 0;
}

ssize_t mqueue_receive(struct file *file, struct uio *to, unsigned *priority, uint64_t deadline)
{
	struct mqueue *queue = queue_of(file, file_readable(file));
	int rc = 0;

	if (!queue)
		return -EBADF;
	if (to->left < queue->message_bytes)
		return -EMSGSIZE;
	mutex_lock(&queue->lock);
	queue->receivers++;
	while (!rc && queue->count == 0)
		rc = sleep_locked(queue, &queue->readable, blocks(file), deadline, "mq_receive");
	queue->receivers--;
	/* A message that came for us is taken, also when a signal came with it. */
	struct message *message = queue->count > 0 ? take_locked(queue) : NULL;
	mutex_unlock(&queue->lock);
	if (!message)
		return rc;
	waitq_wake_all(&queue->writable);
	ssize_t bytes = (ssize_t)message->bytes;
	*priority = message->priority;
	if (bytes > 0 && uio_copy_out(to, message->data, message->bytes) != bytes)
		bytes = -EFAULT;
	kfree(message);
	return bytes;
}

/* ---- The rest ---- */

static unsigned mqueue_poll(struct file *file, struct poll_table *table)
{
	struct mqueue *queue = file->inode->special;
	unsigned events = 0;

	poll_arm(table, &queue->readable);
	poll_arm(table, &queue->writable);
	mutex_lock(&queue->lock);
	if (queue->count > 0)
		events |= POLLIN | POLLRDNORM;
	if (queue->count < queue->max_messages)
		events |= POLLOUT | POLLWRNORM;
	mutex_unlock(&queue->lock);
	return events;
}

/* The current process is not told any more. */
static void mqueue_flush(struct file *file)
{
	struct mqueue *queue = file->inode->special;

	mutex_lock(&queue->lock);
	if (queue->watcher && queue->watcher->owner == current->process) {
		queue->watcher->forget(queue->watcher);
		queue->watcher = NULL;
	}
	mutex_unlock(&queue->lock);
}

int mqueue_watch(struct file *file, struct mqueue_watcher *watcher)
{
	struct mqueue *queue = queue_of(file, true);
	int rc = 0;

	if (!queue)
		return -EBADF;
	if (!watcher) {
		mqueue_flush(file);
		return 0;
	}
	mutex_lock(&queue->lock);
	if (queue->watcher)
		rc = -EBUSY;
	else
		queue->watcher = watcher;
	mutex_unlock(&queue->lock);
	return rc;
}

int mqueue_attributes(struct file *file, struct mq_attr *attributes)
{
	struct mqueue *queue = queue_of(file, true);

	if (!queue)
		return -EBADF;
	mutex_lock(&queue->lock);
	*attributes = (struct mq_attr){.mq_flags = file->flags & O_NONBLOCK,
				       .mq_maxmsg = (long)queue->max_messages,
				       .mq_msgsize = (long)queue->message_bytes,
				       .mq_curmsgs = (long)queue->count};
	mutex_unlock(&queue->lock);
	return 0;
}

static const struct file_ops mqueue_ops = {.poll = mqueue_poll, .flush = mqueue_flush};

void mqueue_init(void)
{
	ipc_names_init(&queue_names);
}
