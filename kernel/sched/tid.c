/* SPDX-License-Identifier: MIT */
/*
 * Thread numbers: a bitmap, searched from the last one given on, so that a number comes back as
 * late as possible. 64 numbers a step; full words are skipped at once.
 */
#include "base/spinlock.h"
#include "lib/abi/errno.h"
#include "sched/thread.h"

#define WORD_BITS 64
#define WORDS     (TID_MAX / WORD_BITS)

static struct spinlock lock = SPINLOCK_INIT("thread numbers", RANK_TID);
static uint64_t used[WORDS] = {1}; /* [lock] 0 is the kernel process's */
static uint8_t uses[TID_MAX];      /* [lock] thread, process, group, session */
static unsigned next;              /* [lock] where to look first */

/* The first free number in [from, end of its word), or -1. */
static int find_in_word(unsigned from)
{
	uint64_t free = ~used[from / WORD_BITS] >> (from % WORD_BITS);

	return free ? (int)from + __builtin_ctzll(free) : -1;
}

static int find_free_locked(void)
{
	unsigned from = next;

	for (unsigned step = 0; step <= WORDS; step++) {
		int tid = find_in_word(from);

		if (tid >= 0)
			return tid;
		from = (from / WORD_BITS + 1) % WORDS * WORD_BITS;
	}
	return -EAGAIN;
}

int tid_alloc(void)
{
	uint64_t flags = spin_lock_irq_save(&lock);
	int tid = find_free_locked();

	if (tid >= 0) {
		used[tid / WORD_BITS] |= 1ULL << (tid % WORD_BITS);
		uses[tid] = 1;
		next = (unsigned)(tid + 1) % TID_MAX;
	}
	spin_unlock_irq_restore(&lock, flags);
	return tid;
}

void tid_hold(int tid)
{
	uint64_t flags = spin_lock_irq_save(&lock);

	ASSERT(uses[tid] > 0);
	uses[tid]++;
	spin_unlock_irq_restore(&lock, flags);
}

void tid_free(int tid)
{
	uint64_t flags = spin_lock_irq_save(&lock);

	ASSERT(tid > 0 && tid < TID_MAX && uses[tid] > 0);
	if (--uses[tid] == 0)
		used[tid / WORD_BITS] &= ~(1ULL << (tid % WORD_BITS));
	spin_unlock_irq_restore(&lock, flags);
}
