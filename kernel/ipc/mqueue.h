/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues: messages keep their bounds, the most urgent comes out first, and equals in
 * the order in which they went in. A queue has a name in a table of its own, and lives until it has
 * been unlinked and its last descriptor is closed. Its descriptors are files.
 */
#ifndef IPC_MQUEUE_H
#define IPC_MQUEUE_H

#include "fs/file.h"
#include "lib/abi/mqueue.h"

#define MQUEUE_MESSAGES_MAX 65536
#define MQUEUE_BYTES_MAX    (1UL << 20) /* of one message */

struct mqueue_open {
	int flags; /* open(2)'s: access mode, O_CREAT, O_EXCL, O_NONBLOCK */
	mode_t mode;
	long max_messages, message_bytes; /* of a new queue */
	size_t limit;                     /* bytes that all queues together may come to hold */
};

/* Somebody to be told, once, when a message comes into the empty queue and nobody waits for it. */
struct mqueue_watcher {
	const void *owner; /* the process; it is let go when that closes the queue */
	/* Both end the watcher's life. The queue's lock is held; they do not sleep. */
	void (*notify)(struct mqueue_watcher *watcher);
	void (*forget)(struct mqueue_watcher *watcher);
};

void mqueue_init(void); /* boot */

/* `name`: without a slash. -ENOENT, -EEXIST; -EINVAL: no such sizes; -EMFILE: beyond the limit;
 * -ENOMEM. */
int must_check mqueue_open(const char *name, const struct mqueue_open *how, struct file **file);
int must_check mqueue_unlink(const char *name); /* -ENOENT */

/* -EBADF: no queue, or not opened for this. -EMSGSIZE: too long, or no room for the longest.
 * -EAGAIN, -EINTR, -ETIMEDOUT, -EFAULT, -ENOMEM. May sleep, until `deadline` (ns since boot). */
int must_check mqueue_send(struct file *file, struct uio *from, unsigned priority,
			   uint64_t deadline);
ssize_t must_check mqueue_receive(struct file *file, struct uio *to, unsigned *priority,
				  uint64_t deadline);
/* Takes the watcher over on success; NULL: the current process's is let go. -EBUSY, -EBADF. */
int must_check mqueue_watch(struct file *file, struct mqueue_watcher *watcher);
int must_check mqueue_attributes(struct file *file, struct mq_attr *attributes); /* -EBADF */

#endif
