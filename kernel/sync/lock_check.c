/* SPDX-License-Identifier: MIT */
/*
 * The table of a thread's holds is written by the thread only. Others read all of it in one case:
 * when the thread waits for a lock itself, and so stands still (sync/deadlock.c). A hold that is
 * shared is also in the list of the lock's readers, and that list is under the lock of the lock's
 * wait queue: who holds it may read hold->thread of each.
 */
#include "sync/lock_check.h"

#include "base/assert.h"
#include "base/spinlock.h"
#include "lib/util.h"
#include "sched/thread.h"

#if CONFIG_CHECKS

/* For %s. */
#define TEXT(place) (lock_place_text(place).text)

void lock_check_init(struct lock_check *check, const char *kind, const char *name,
		     enum lock_rank rank)
{
	*check = (struct lock_check){.kind = kind, .name = name, .rank = rank};
	list_init(&check->readers);
}

static struct lock_hold *find_hold(const struct lock_check *check)
{
	for (uint32_t left = current->holds_used; left; left &= left - 1) {
		struct lock_hold *hold = &current->holds[__builtin_ctz(left)];

		if (hold->lock == check)
			return hold;
	}
	return NULL;
}

void lock_check_before(const struct lock_check *check, bool nested, vaddr_t here)
{
	assert_may_sleep_at("waiting for a lock", here);
	for (uint32_t left = current->holds_used; left; left &= left - 1) {
		const struct lock_hold *hold = &current->holds[__builtin_ctz(left)];
		const struct lock_check *held = hold->lock;
		struct lock_place taken = {hold->taken_at, current->tid};

		if (held == check)
			panic("%s \"%s\" taken twice: at %s, before at %s", check->kind,
			      check->name, TEXT(lock_place_here(here)), TEXT(taken));
		if (held->rank == RANK_NONE || check->rank == RANK_NONE)
			continue;
		if (held->rank > check->rank || (held->rank == check->rank && !nested))
			panic("%s \"%s\" (rank %d) taken at %s while holding %s \"%s\" "
			      "(rank %d, taken at %s)",
			      check->kind, check->name, check->rank, TEXT(lock_place_here(here)),
			      held->kind, held->name, held->rank, TEXT(taken));
	}
}

static struct lock_hold *add_hold(struct lock_check *check, vaddr_t here)
{
	unsigned index = (unsigned)__builtin_ctz(~current->holds_used);
	struct lock_hold *hold = &current->holds[index];

	if (index >= LOCK_HOLDS_MAX)
		panic("thread %d holds more than %d sleeping locks: at %s", current->tid,
		      LOCK_HOLDS_MAX, TEXT(lock_place_here(here)));
	*hold = (struct lock_hold){.lock = check, .taken_at = here, .thread = current};
	current->holds_used |= 1U << index;
	check->taken = lock_place_here(here);
	return hold;
}

void lock_check_taken(struct lock_check *check, vaddr_t here)
{
	add_hold(check, here);
	/* relaxed: deadlock.c says who may rely on it */
	atomic_store_explicit(&check->owner, current, memory_order_relaxed);
}

void lock_check_shared_locked(struct lock_check *check, vaddr_t here)
{
	list_push_back(&check->readers, &add_hold(check, here)->node);
}

static _Noreturn void panic_not_ours(const struct lock_check *check, vaddr_t here)
{
	if (atomic_load(&check->owner) || !list_empty(&check->readers))
		panic("%s \"%s\" released by a thread that does not hold it: at %s, taken at %s",
		      check->kind, check->name, TEXT(lock_place_here(here)), TEXT(check->taken));
	panic("%s \"%s\" released but not held: at %s, released before at %s", check->kind,
	      check->name, TEXT(lock_place_here(here)), TEXT(check->released));
}

static struct lock_hold *remove_hold(struct lock_check *check, vaddr_t here)
{
	struct lock_hold *hold = find_hold(check);

	if (!hold)
		panic_not_ours(check, here);
	check->released = lock_place_here(here);
	hold->lock = NULL;
	current->holds_used &= ~(1U << (hold - current->holds));
	return hold;
}

void lock_check_release(struct lock_check *check, vaddr_t here)
{
	remove_hold(check, here);
	atomic_store_explicit(&check->owner, NULL, memory_order_relaxed);
}

void lock_check_unshare_locked(struct lock_check *check, vaddr_t here)
{
	list_remove(&remove_hold(check, here)->node);
}

void lock_check_none_held(const char *what)
{
	if (!current->holds_used || panicking())
		return;
	const struct lock_hold *hold = &current->holds[__builtin_ctz(current->holds_used)];
	struct lock_place taken = {hold->taken_at, current->tid};

	panic("%s with %s \"%s\" held: at %s, taken at %s", what, hold->lock->kind,
	      hold->lock->name, TEXT(lock_place_here(LOCK_HERE)), TEXT(taken));
}

#endif
