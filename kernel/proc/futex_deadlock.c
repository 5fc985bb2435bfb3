/* SPDX-License-Identifier: MIT */
/*
 * A walk from lock to owner to the lock that this one waits for, and on, as in sync/deadlock.c; but
 * what it reads belongs to the program and may change meanwhile. Each thread first says what it
 * waits for (thread->lock_word) and then walks, so that of two that close a cycle at once the
 * second sees the first.
 *
 * No right program is accused: a way that leads back to the walker is checked once more, from its
 * end. The walker holds its locks as long as it walks, so whoever waits for one of them stands
 * still; if, after that has been seen, this one still holds what the thread before it waits for,
 * that one stands still too; and so back to the walker.
 */
#include "proc/futex_deadlock.h"

#include "arch/usercopy.h"
#include "base/printk.h"
#include "proc/process.h"

#define CYCLE_MAX 32 /* longer ones are not looked for */

struct link {
	int tid;       /* who waits */
	uint64_t word; /* for the lock at this address */
};

/* The number in the word that thread `tid` of this process waits for; 0: it waits for none. */
static int owner_wanted_by(int tid, uint64_t *word)
{
	struct thread *thread = thread_find(tid);
	uint32_t value;

	if (!thread)
		return 0;
	/* seq_cst: see futex_deadlock_block() */
	*word = thread->process == current->process ? atomic_load(&thread->lock_word) : 0;
	thread_put(thread);
	if (!*word || !arch_load_user32(*word, &value))
		return 0;
	return value & FUTEX_TID_MASK;
}

/* The length of the way from the current thread back to itself, 0: there is none. */
static unsigned find_cycle(struct link way[CYCLE_MAX])
{
	int tid = current->tid;

	for (unsigned length = 0; length < CYCLE_MAX; length++) {
		way[length].tid = tid;
		tid = owner_wanted_by(tid, &way[length].word);
		if (tid == 0)
			return 0;
		if (tid == current->tid)
			return length + 1;
	}
	return 0;
}

static bool cycle_stands(const struct link way[CYCLE_MAX], unsigned length)
{
	uint64_t word;

	for (unsigned i = length; i-- > 0;) {
		int owner = way[(i + 1) % length].tid;

		if (owner_wanted_by(way[i].tid, &word) != owner || word != way[i].word)
			return false;
	}
	return true;
}

/* True for one of those who find the cycle, and once: the thread of the lowest number remembers. */
static bool may_tell(const struct link way[CYCLE_MAX], unsigned length)
{
	const struct link *lowest = way;

	for (unsigned i = 1; i < length; i++)
		if (way[i].tid < lowest->tid)
			lowest = &way[i];
	struct thread *thread = thread_find(lowest->tid);
	if (!thread)
		return false;
	bool told = atomic_exchange(&thread->lock_told, lowest->word) == lowest->word;
	thread_put(thread);
	return !told;
}

static void tell_of_cycle(void)
{
	struct link way[CYCLE_MAX];
	unsigned length = find_cycle(way);

	if (length == 0 || !cycle_stands(way, length) || !may_tell(way, length))
		return;
	printk("deadlock in process %d (%s):\n", current->process->pid, current->name);
	for (unsigned i = 0; i < length; i++)
		printk("  thread %d waits for the lock at %#lx, which thread %d holds\n",
		       way[i].tid, way[i].word, way[(i + 1) % length].tid);
}

__attribute__((noinline)) int futex_deadlock_block(struct wait *wait, user_addr_t address)
{
	/* seq_cst: before we look at others */
	atomic_store(&current->lock_word, address.raw);
	tell_of_cycle();
	int rc = wait_block(wait, TIME_NEVER);
	atomic_store(&current->lock_word, 0);
	return rc;
}
