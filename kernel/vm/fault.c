/* SPDX-License-Identifier: MIT */
/*
 * Page faults: how a page comes into an address space.
 *
 *     region?  none: a stack may grow, else SIGSEGV        rights?  no: SIGSEGV
 *       │
 *       ├─ entry present ── suffices already: somebody was faster, or the TLB was behind
 *       │                ── write to PAGE_COW, the only user left: take the page over
 *       │                ── write to PAGE_COW, shared: copy, replace, shoot down, put the old
 *       │                ── write to a copy that is not shot down yet: wait for that
 *       └─ no entry ─────── anonymous: a cleared page
 *                        ── shared object: its page
 *                        ── private object: its page for reading, a copy of it for writing
 *
 * Threads of one process fault in parallel: aspace->lock is held for reading only. So a page is
 * prepared without table_lock, and under it the entry is looked at again; if it is no longer what
 * the preparation was for, everything starts over (FAULT_RETRY).
 *
 * A page with PAGE_COW may have other users: the parent or child of a fork, or the object behind a
 * private mapping. frame_references() == 1 under table_lock proves that there are none and that
 * none can come: who would add one needs our entry.
 *
 * Entry points: aspace_fault(), page_hold().
 */
#include "arch/tlb.h"
#include "base/assert.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "vm/region.h"

/* Not for callers: the page changed under our hands, look again. */
#define FAULT_RETRY ((enum fault_result)(-1))

static bool (*oom_hook)(void); /* set once at boot */

void aspace_set_oom_hook(bool (*hook)(void))
{
	oom_hook = hook;
}

unsigned region_page_flags(const struct region *region, bool exclusive)
{
	unsigned flags = (region->flags & REGION_RIGHTS) | PAGE_USER;

	/* The hardware knows no page that can be written or executed, but not read. */
	if (flags & REGION_RIGHTS)
		flags |= PAGE_READ;
	if (!exclusive && !region_is_shared(region))
		flags = (flags & ~PAGE_WRITE) | PAGE_COW;
	return flags;
}

/* What is wanted of a page. */
struct page_wish {
	struct region *region;
	vaddr_t page;
	bool write;   /* nobody else may see what is written (unless the region is shared) */
	pte_t *entry; /* of the page; stays as long as aspace->lock is held */
};

static void set_entry_locked(const struct page_wish *wish, struct frame *frame, bool exclusive)
{
	pagetable_entry_set(wish->entry, frame_paddr(frame),
			    region_page_flags(wish->region, exclusive));
}

/* Fills the entry where it is empty. `shrinks`: of the object, before its page was fetched. The
 * reference of `frame` goes to the entry, or is put. */
static enum fault_result install(const struct page_wish *wish, struct frame *frame, bool exclusive,
				 uint64_t shrinks)
{
	struct region *region = wish->region;
	struct aspace *aspace = region->aspace;
	struct page_mapping present;
	bool empty;

	spin_lock(&aspace->table_lock);
	empty = (!region->object || memobj_shrinks(region->object) == shrinks) &&
		!pagetable_entry_get(wish->entry, &present);
	if (empty) {
		set_entry_locked(wish, frame, exclusive);
		/* relaxed: a figure for /proc */
		atomic_fetch_add_explicit(&aspace->resident_pages, 1, memory_order_relaxed);
	}
	spin_unlock(&aspace->table_lock);

	if (empty)
		return FAULT_DONE;
	frame_put(frame);
	return FAULT_RETRY;
}

/* A copy of `from`, whose reference is put; NULL: no memory. */
static struct frame *frame_copy(struct frame *from)
{
	struct frame *copy = frame_alloc(0, 0);

	if (copy)
		memcpy(frame_vaddr(copy), frame_vaddr(from), PAGE_SIZE);
	frame_put(from);
	return copy;
}

static enum fault_result fill_from_object(const struct page_wish *wish)
{
	struct region *region = wish->region;
	struct memobj *object = region->object;
	uint64_t shrinks = memobj_shrinks(object);
	bool exclusive = region_is_shared(region);
	struct frame *frame;
	int rc;

	rc = memobj_page(object, region_page_index(region, wish->page), true, &frame);
	if (rc)
		return rc == -ENOMEM ? FAULT_NO_MEMORY : FAULT_BEYOND_OBJECT;
	if (wish->write && !exclusive) {
		frame = frame_copy(frame);
		if (!frame)
			return FAULT_NO_MEMORY;
		exclusive = true;
	}
	return install(wish, frame, exclusive, shrinks);
}

static enum fault_result fill(const struct page_wish *wish)
{
	struct frame *frame;

	if (wish->region->object)
		return fill_from_object(wish);
	frame = frame_alloc(0, FRAME_ZERO);
	return frame ? install(wish, frame, true, 0) : FAULT_NO_MEMORY;
}

/* The entry still leads to `frame`, which may not be written yet. */
static bool is_shared_still_locked(const struct page_wish *wish, const struct frame *frame)
{
	struct page_mapping present;

	return pagetable_entry_get(wish->entry, &present) && present.frame == frame_paddr(frame) &&
	       (present.flags & PAGE_COW);
}

/* Puts `copy` in the place of `old`. False: something else is there by now. *settled: no CPU sees
 * `old` any more, and the copy can be written; else settle_copy() is due. */
static bool replace_page(const struct page_wish *wish, struct frame *old, struct frame *copy,
			 bool *settled)
{
	struct aspace *aspace = wish->region->aspace;
	bool replaced;

	spin_lock(&aspace->table_lock);
	replaced = is_shared_still_locked(wish, old);
	if (replaced) {
		set_entry_locked(wish, copy, false);
		*settled = tlb_flush_alone(&aspace->table, wish->page);
		if (*settled) {
			set_entry_locked(wish, copy, true);
		} else {
			frame_get(copy); /* ours: the entry may be gone when we come back */
			copy->owner = aspace;
		}
	}
	spin_unlock(&aspace->table_lock);
	return replaced;
}

/* Lets the copy be written, when every CPU has forgotten the page that was there before. */
static void settle_copy(const struct page_wish *wish, struct frame *copy)
{
	struct aspace *aspace = wish->region->aspace;

	tlb_shootdown(&aspace->table, wish->page, wish->page + PAGE_SIZE);
	spin_lock(&aspace->table_lock);
	copy->owner = NULL;
	if (is_shared_still_locked(wish, copy))
		set_entry_locked(wish, copy, true);
	spin_unlock(&aspace->table_lock);
	waitq_wake_all(&aspace->copy_settled);
	frame_put(copy);
}

/*
 * Gives the region a copy in place of the shared page `old`, of which the caller has a reference.
 *
 *     entry ──COW──► old        other CPUs may have this translation …
 *     entry ──COW──► copy       … and here this one: both pages hold the same
 *     shootdown                 now nobody has the first one
 *     entry ───W───► copy
 *
 * The copy must not be written before the shootdown is through. Otherwise a thread writes to it,
 * and then elsewhere; another, on a CPU that still reads the old page, sees the second write and
 * not the first. So it is read-only until then and marked by frame->owner, and whoever wants to
 * write to it waits (look_up_locked()). Without the mark he would take it for one more shared page
 * and copy it again, and the next one his copy; or, finding one reference, he would take it over.
 *
 * With no other CPU that has the table loaded, which is learned after the entry has changed, all
 * is one step: whoever loads it later reads the entry as it is then.
 */
static enum fault_result copy_on_write(const struct page_wish *wish, struct frame *old)
{
	struct frame *copy;
	bool settled, replaced;

	frame_get(old);
	copy = frame_copy(old);
	if (!copy) {
		frame_put(old);
		return FAULT_NO_MEMORY;
	}
	replaced = replace_page(wish, old, copy, &settled);
	if (replaced && !settled)
		settle_copy(wish, copy);
	frame_put(replaced ? old : copy); /* the entry's reference, or what should become that */
	frame_put(old);
	return replaced ? FAULT_DONE : FAULT_RETRY;
}

/* Finds the entry. One that leads to a copy which is not settled is waited for by whoever wants to
 * write; table_lock is released meanwhile. False: there is none. */
static bool look_up_locked(const struct page_wish *wish, struct page_mapping *present)
{
	struct aspace *aspace = wish->region->aspace;

	while (pagetable_entry_get(wish->entry, present)) {
		if (!wish->write || !(present->flags & PAGE_COW) ||
		    !frame_of(present->frame)->owner)
			return true;
		(void)!waitq_wait_spin(&aspace->copy_settled, &aspace->table_lock,
				       WAIT_UNINTERRUPTIBLE, TIME_NEVER, "a page's copy");
	}
	return false;
}

/* Looks at the entry and makes it right where that takes no new page. FAULT_RETRY: a new page is
 * needed, and *old is the page to copy, referenced, or NULL when there is no entry. FAULT_DONE:
 * *old is the page, without a reference; table_lock is still held. */
static enum fault_result look_locked(const struct page_wish *wish, struct frame **old)
{
	struct page_mapping present;
	unsigned rights;

	*old = NULL;
	if (!look_up_locked(wish, &present))
		return FAULT_RETRY;
	*old = frame_of(present.frame);
	if (wish->write && (present.flags & PAGE_COW) && frame_references(*old) > 1) {
		frame_get(*old);
		return FAULT_RETRY;
	}
	rights = region_page_flags(wish->region, wish->write || !(present.flags & PAGE_COW));
	/* Rights are only ever added here, so no TLB needs to be told. */
	if ((present.flags & (REGION_RIGHTS | PAGE_COW)) != (rights & (REGION_RIGHTS | PAGE_COW)))
		set_entry_locked(wish, *old, !(rights & PAGE_COW));
	return FAULT_DONE;
}

/* Makes the page present, and writable for its region alone when that is wished. `held`: NULL, or
 * gets the frame with a reference. aspace->lock held. */
static enum fault_result page_make(struct page_wish *wish, struct frame **held)
{
	struct aspace *aspace = wish->region->aspace;
	enum fault_result result;
	struct frame *old;

	do {
		spin_lock(&aspace->table_lock);
		wish->entry = pagetable_entry(&aspace->table, wish->page);
		result = wish->entry ? look_locked(wish, &old) : FAULT_NO_MEMORY;
		if (result == FAULT_DONE && held) {
			frame_get(old);
			*held = old;
		}
		spin_unlock(&aspace->table_lock);
		if (result != FAULT_RETRY)
			return result;
		result = old ? copy_on_write(wish, old) : fill(wish);
		/* For `held` the entry has to be looked at once more. */
	} while (result == FAULT_RETRY || (result == FAULT_DONE && held));
	return result;
}

enum fault_result page_hold(struct region *region, vaddr_t page, bool write, struct frame **frame)
{
	struct page_wish wish = {.region = region, .page = page, .write = write};

	return page_make(&wish, frame);
}

static bool access_allowed(const struct region *region, unsigned access)
{
	/* As in region_page_flags(): any right is also that to read. */
	return region->flags & (access == PAGE_READ ? (unsigned)REGION_RIGHTS : access);
}

/* Lets a stack whose region begins above `page` grow down to it. True: it did, or another thread's
 * fault did it. */
static bool grow_stack(struct aspace *aspace, vaddr_t page)
{
	/* relaxed: a change of the limit need not be seen by growth that goes on meanwhile */
	size_t limit = atomic_load_explicit(&aspace->stack_limit, memory_order_relaxed);
	struct region *region, *below;
	bool grown = false;

	rwlock_write_lock(&aspace->lock);
	region = region_above(aspace, page);
	if (region && region->start <= page) {
		grown = true;
	} else if (region && (region->flags & REGION_STACK) && region->end - page <= limit) {
		below = region_prev(region);
		grown = page >= USER_MIN && (!below || below->end + STACK_GUARD <= page);
		if (grown)
			region_set_range(region, page, region->end);
	}
	rwlock_write_unlock(&aspace->lock);
	return grown;
}

static enum fault_result fault_once(struct aspace *aspace, vaddr_t page, unsigned access)
{
	enum fault_result result = FAULT_NO_REGION;
	bool may_grow = false;
	struct region *region;

	rwlock_read_lock(&aspace->lock);
	region = region_above(aspace, page);
	if (region && region->start <= page) {
		struct page_wish wish = {
			.region = region, .page = page, .write = access == PAGE_WRITE};

		result = access_allowed(region, access) ? page_make(&wish, NULL) : FAULT_NO_RIGHT;
	} else if (region) {
		may_grow = region->flags & REGION_STACK;
	}
	rwlock_read_unlock(&aspace->lock);
	return may_grow && grow_stack(aspace, page) ? FAULT_RETRY : result;
}

enum fault_result aspace_fault(struct aspace *aspace, vaddr_t address, unsigned access)
{
	enum fault_result result;

	if (address >= USER_TOP)
		return FAULT_NO_REGION;
	do {
		result = fault_once(aspace, ALIGN_DOWN(address, PAGE_SIZE), access);
	} while (result == FAULT_RETRY || (result == FAULT_NO_MEMORY && oom_hook && oom_hook()));
	return result;
}
