/* SPDX-License-Identifier: MIT */
/*
 * poll(2), the part below the system call. One wait, known to any number of queues: each file's
 * poll operation arms a waiter on its queues and then tells its state. If none is ready the thread
 * sleeps; whoever wakes it says nothing of what changed, so all are asked again.
 */
#include "ipc/poll.h"

#include "arch/clock.h"
#include "base/assert.h"
#include "fs/file.h"
#include "lib/abi/errno.h"
#include "lib/util.h"
#include "mm/slab.h"

#define INLINE_WAITERS 8UL /* on the stack: a shell's or a server's few descriptors */
#define BLOCK_WAITERS  64  /* in each further block */

struct poll_block {
	struct poll_block *next;
	struct waiter waiters[BLOCK_WAITERS];
};

struct poll_table {
	struct wait wait;
	size_t count; /* waiters armed */
	struct waiter first[INLINE_WAITERS];
	struct poll_block *blocks; /* the newest first */
	bool out_of_memory;
};

/* A waiter that is not in use. NULL: no memory. */
static struct waiter *next_waiter(struct poll_table *table)
{
	size_t index = table->count;

	if (index < INLINE_WAITERS)
		return &table->first[index];
	index = (index - INLINE_WAITERS) % BLOCK_WAITERS;
	if (index == 0) {
		struct poll_block *block = kmalloc(sizeof(*block));

		if (!block)
			return NULL;
		block->next = table->blocks;
		table->blocks = block;
	}
	return &table->blocks->waiters[index];
}

void poll_arm(struct poll_table *table, struct wait_queue *queue)
{
	if (!table || table->out_of_memory)
		return;
	struct waiter *waiter = next_waiter(table);
	if (!waiter) {
		table->out_of_memory = true;
		return;
	}
	waitq_arm(queue, waiter, &table->wait);
	table->count++;
}

static void begin(struct poll_table *table)
{
	wait_init(&table->wait, WAIT_INTERRUPTIBLE, "poll");
	table->count = 0;
	table->blocks = NULL;
	table->out_of_memory = false;
}

static void end(struct poll_table *table)
{
	size_t in_first = MIN(table->count, INLINE_WAITERS), in_blocks = table->count - in_first;

	for (size_t i = 0; i < in_first; i++)
		waitq_disarm(&table->first[i]);
	while (table->blocks) {
		struct poll_block *block = table->blocks;
		size_t used = (in_blocks - 1) % BLOCK_WAITERS + 1; /* all are full but the newest */

		for (size_t i = 0; i < used; i++)
			waitq_disarm(&block->waiters[i]);
		in_blocks -= used;
		table->blocks = block->next;
		kfree(block);
	}
}

/* Asks every file; how many have a result. Once one has, the others need not be armed. */
static size_t ask_all(struct poll_entry *entries, size_t count, struct poll_table *table)
{
	size_t ready = 0;

	for (size_t i = 0; i < count; i++) {
		struct poll_entry *entry = &entries[i];

		entry->result = 0;
		if (!entry->file)
			continue;
		entry->result = file_poll(entry->file, ready > 0 ? NULL : table) &
				(entry->events | POLLERR | POLLHUP);
		if (entry->result)
			ready++;
	}
	return ready;
}

int poll_wait(struct poll_entry *entries, size_t count, uint64_t deadline)
{
	struct poll_table table;

	for (bool expired = deadline != TIME_NEVER && deadline <= clock_now();;) {
		begin(&table);
		size_t ready = ask_all(entries, count, expired ? NULL : &table);
		int rc = 0;
		if (ready == 0 && !expired)
			rc = table.out_of_memory ? -ENOMEM : wait_block(&table.wait, deadline);
		end(&table);

		if (ready > 0 || expired)
			return ready;
		if (rc == -ETIMEDOUT)
			expired = true; /* one last look */
		else if (rc)
			return rc;
	}
}
