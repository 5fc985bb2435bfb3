/* SPDX-License-Identifier: MIT */
/*
 * Waiting for any of several files. A file's poll operation calls poll_arm() for each queue on
 * which it announces changes, then looks at its state: armed first, so that no change is missed.
 */
#ifndef IPC_POLL_H
#define IPC_POLL_H

#include "sync/waitq.h"

struct poll_table; /* opaque: the waiters of one poll call; NULL: only the state is asked for */
void poll_arm(struct poll_table *table, struct wait_queue *queue);

struct file;
struct poll_entry {
	struct file *file; /* NULL: a negative descriptor, ignored */
	unsigned events;   /* POLLIN …; POLLERR, POLLHUP are always reported */
	unsigned result;
};
/* Waits until an entry has a result or `deadline` (ns since boot; 0: only look) has come. How
 * many have; 0: time's up; -EINTR, -ENOMEM. May sleep. */
int must_check poll_wait(struct poll_entry *entries, size_t count, uint64_t deadline);

#endif
