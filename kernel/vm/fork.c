/* SPDX-License-Identifier: MIT */
/*
 * Fork's half of copy-on-write: the child gets the parent's regions and, by range, its page table
 * entries.
 *
 *     before          parent ──W──► frame (1)
 *     after fork      parent ──COW─► frame (2) ◄─COW── child
 *     a write         parent ──W──► copy (1)    frame (1) ◄─COW── child     (vm/fault.c)
 *     another         parent ──W──► copy (1)    frame (1) ◄──W─── child     the last takes it
 *
 * The pages of shared regions stay shared and writable. No page is copied and none is allocated but
 * the tables and regions themselves.
 *
 * The parent's lock is held for writing, over the shootdown too: a thread of the parent that would
 * write to a page which just lost its write right waits in its fault until all is done, so that the
 * child gets the memory of one moment.
 *
 * Entry point: aspace_fork().
 */
#include "arch/tlb.h"
#include "lib/abi/errno.h"
#include "vm/region.h"

/* Entries to copy: of one shared region, or of private ones that lie close together. */
struct run {
	vaddr_t start, end;
	bool shared;
};

/* Copies the entries of a run. A resize of an object may be at work. It clears the mappings of one
 * region after the other, and the child's is behind the parent's in the object's list: what we copy
 * before it has cleared the parent's, it will clear in the child's. */
static int copy_run(struct aspace *child, struct aspace *parent, const struct run *run,
		    bool *narrowed)
{
	size_t copied = 0;
	int rc;

	if (run->start == run->end)
		return 0;
	spin_lock(&parent->table_lock);
	/* Parent before child; nobody else takes two, and nobody else knows the child's. */
	spin_lock_nested(&child->table_lock);
	rc = pagetable_copy(&child->table, &parent->table, run->start, run->end, !run->shared,
			    &copied, narrowed);
	atomic_fetch_add_explicit(&child->resident_pages, copied, memory_order_relaxed);
	spin_unlock(&child->table_lock);
	spin_unlock(&parent->table_lock);
	return rc;
}

static int copy_pages(struct aspace *child, struct aspace *parent, bool *narrowed)
{
	struct run run = {0};
	int rc = 0;

	for (struct region *region = region_first(parent); region && !rc;
	     region = region_next(region)) {
		bool shared = region_is_shared(region);

		if (run.end && !run.shared && !shared && region->start - run.end <= WALK_GAP_MAX) {
			run.end = region->end;
			continue;
		}
		rc = copy_run(child, parent, &run, narrowed);
		run = (struct run){region->start, region->end, shared};
	}
	return rc ? rc : copy_run(child, parent, &run, narrowed);
}

static void copy_figures(struct aspace *parent, struct aspace *child)
{
	child->brk_start = parent->brk_start;
	child->brk_end = parent->brk_end;
	child->code_start = parent->code_start;
	child->code_end = parent->code_end;
	child->stack_start = parent->stack_start;
	child->arg_start = parent->arg_start;
	child->arg_end = parent->arg_end;
	child->env_start = parent->env_start;
	child->env_end = parent->env_end;
	atomic_store_explicit(&child->stack_limit,
			      atomic_load_explicit(&parent->stack_limit, memory_order_relaxed),
			      memory_order_relaxed);
}

struct aspace *aspace_fork(struct aspace *parent)
{
	struct aspace *child = aspace_create();
	bool narrowed = false;
	int rc;

	if (!child)
		return NULL;
	rwlock_write_lock(&parent->lock);
	copy_figures(parent, child);
	rc = regions_clone(child, parent);
	if (!rc)
		rc = copy_pages(child, parent, &narrowed);
	if (narrowed)
		tlb_shootdown(&parent->table, 0, USER_TOP);
	rwlock_write_unlock(&parent->lock);
	if (rc) {
		/* The parent's pages stay PAGE_COW, and its next writes take them over. */
		aspace_put(child);
		return NULL;
	}
	return child;
}
