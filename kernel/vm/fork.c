/* SPDX-License-Identifier: MIT */
/*
 * Fork's half of copy-on-write: the child gets the parent's regions and, by range, its page table entries.
 *
 *     before          parent ──W──► frame (1)
 *     after fork      parent ──COW─► frame (2) ◄─COW── child
 *     a write         parent ──W──► copy (1)    frame (1) ◄─COW── child     (vm/fault.c)
 *     another         parent ──W──► copy (1)    frame (1) ◄──W─── child     the last one takes it over
 *
 * The pages of shared regions stay shared and writable. No page is copied and none is allocated but the tables
 * and regions themselves.
 *
 * The parent's lock is held for writing, over the shootdown too: a thread of the parent that would write to a
 * page which just lost its write right waits in its fault until all is done, so that the child gets the memory
 * of one moment.
 *
 * Entry point: aspace_fork().
 */
#include "arch/tlb.h"
#include "lib/abi/errno.h"
#include "vm/region.h"

/* Copies the entries of one region. A resize of its object may be at work. It clears the mappings of one region after the
 * other, and the child's is behind the parent's in the object's list: what we copy before it has
 * cleared the parent's, it will clear in the child's. */
static int copy_pages(struct region *parent, struct region *child, bool *narrowed)
{
	struct aspace *from = parent->aspace, *to = child->aspace;
	size_t copied = 0;
	int rc;

	spin_lock(&from->table_lock);
	/* Parent before child; nobody else takes two, and nobody else knows the child's. */
	spin_lock_nested(&to->table_lock);
	rc = pagetable_copy(&to->table, &from->table, parent->start, parent->end,
			    !region_is_shared(parent), &copied, narrowed);
	atomic_fetch_add_explicit(&to->resident_pages, copied, memory_order_relaxed);
	spin_unlock(&to->table_lock);
	spin_unlock(&from->table_lock);
	return rc;
}

static int copy_region(struct region *parent, struct aspace *to, bool *narrowed)
{
	struct region *child = region_create(to, parent);

	if (!child)
		return -ENOMEM;
	region_link(child);
	return copy_pages(parent, child, narrowed);
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
	int rc = 0;

	if (!child)
		return NULL;
	rwlock_write_lock(&parent->lock);
	copy_figures(parent, child);
	for (struct region *region = region_first(parent); region && !rc;
	     region = region_next(region))
		rc = copy_region(region, child, &narrowed);
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
