/* SPDX-License-Identifier: MIT */
/*
 * mremap(2): a mapping shrinks, grows where it is, or moves with its pages to where there is room.
 *
 * Moving pages means moving entries: frames, contents and reference counts stay. The tables for the
 * new entries are made first, so that nothing fails half way.
 *
 * Entry point: aspace_remap().
 */
#include "arch/tlb.h"
#include "base/assert.h"
#include "lib/abi/errno.h"
#include "lib/abi/mman.h"
#include "vm/region.h"

/* ---- Moving the pages ---- */

struct move {
	struct aspace *aspace;
	vaddr_t distance; /* modulo 2^64: from the old address of a page to the new one */
	int rc;
};

static enum page_visit reserve_page(vaddr_t address, struct page_mapping *mapping, void *argument)
{
	struct move *move = argument;

	(void)mapping;
	move->rc = pagetable_reserve(&move->aspace->table, address + move->distance);
	return move->rc ? PAGE_VISIT_STOP : PAGE_VISIT_KEEP;
}

static enum page_visit move_page(vaddr_t address, struct page_mapping *mapping, void *argument)
{
	struct move *move = argument;

	move->rc = pagetable_map(&move->aspace->table, address + move->distance, mapping->frame,
				 mapping->flags);
	ASSERT(move->rc == 0); /* reserved */
	return PAGE_VISIT_CLEAR;
}

/* Moves the region and its pages to `to`; the ranges do not overlap and that at `to` is free.
 * -ENOMEM, nothing changed. */
static int move_locked(struct region *region, vaddr_t to)
{
	struct aspace *aspace = region->aspace;
	struct move move = {.aspace = aspace, .distance = to - region->start};
	vaddr_t old_start = region->start, old_end = region->end;
	struct list tables;

	list_init(&tables);
	if (region->object)
		memobj_freeze_mappings(region->object);
	spin_lock(&aspace->table_lock);
	pagetable_visit(&aspace->table, old_start, old_end, reserve_page, &move);
	if (!move.rc) {
		pagetable_visit(&aspace->table, old_start, old_end, move_page, &move);
		pagetable_prune(&aspace->table, old_start, old_end, &tables);
	}
	spin_unlock(&aspace->table_lock);
	if (!move.rc)
		region_move(region, to);
	if (region->object)
		memobj_thaw_mappings(region->object);

	if (!move.rc)
		tlb_shootdown(&aspace->table, old_start, old_end);
	tables_put(&tables);
	return move.rc;
}

/* ---- mremap ---- */

struct remap {
	struct aspace *aspace;
	vaddr_t old, old_end, target; /* target: with MREMAP_FIXED */
	size_t new_length;            /* bytes, whole pages */
	unsigned flags;
	struct list dead;
};

static int remap_check(const struct remap *remap, vaddr_t new_address)
{
	vaddr_t target_end;

	if (remap->flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED))
		return -EINVAL;
	if (remap->old == remap->old_end || remap->new_length == 0)
		return -EINVAL;
	if (!(remap->flags & MREMAP_FIXED))
		return 0;
	if (!(remap->flags & MREMAP_MAYMOVE) || new_address < USER_MIN ||
	    range_check(new_address, remap->new_length, &target_end))
		return -EINVAL;
	if (new_address < remap->old_end && remap->old < target_end)
		return -EINVAL; /* overlap */
	return 0;
}

/* Grows the region that ends at old_end, if there is room. */
static bool grow_in_place(struct remap *remap, struct region *region)
{
	vaddr_t new_end = remap->old + remap->new_length;

	if (region->end != remap->old_end || new_end > USER_TOP ||
	    !range_is_free(remap->aspace, remap->old_end, new_end))
		return false;
	region_set_range(region, region->start, new_end);
	regions_merge(remap->aspace, region->start, region->end, &remap->dead);
	return true;
}

/* Moves [old, old_end) to `to` and lets it be new_length long there. */
static long move_to(struct remap *remap, vaddr_t to)
{
	struct aspace *aspace = remap->aspace;
	struct region *region;
	int rc;

	rc = regions_isolate(aspace, remap->old, remap->old_end);
	region = region_at(aspace, remap->old);
	if (!rc)
		rc = move_locked(region, to);
	if (!rc) {
		region_set_range(region, to, to + remap->new_length);
		regions_merge(aspace, region->start, region->end, &remap->dead);
	} else {
		regions_merge(aspace, remap->old, remap->old_end, &remap->dead);
	}
	return rc ? rc : (long)to;
}

static long remap_locked(struct remap *remap)
{
	struct aspace *aspace = remap->aspace;
	struct region *region = region_at(aspace, remap->old);
	vaddr_t to = remap->target;
	int rc;

	if (!region || region->end < remap->old_end)
		return -EFAULT;
	if (remap->flags & MREMAP_FIXED) {
		rc = unmap_locked(aspace, to, to + remap->new_length, &remap->dead);
		if (rc)
			return rc;
	}
	if (remap->new_length < remap->old_end - remap->old) {
		rc = unmap_locked(aspace, remap->old + remap->new_length, remap->old_end,
				  &remap->dead);
		if (rc)
			return rc;
		remap->old_end = remap->old + remap->new_length;
	}
	if (remap->flags & MREMAP_FIXED)
		return move_to(remap, to);
	if (remap->new_length == remap->old_end - remap->old)
		return remap->old;
	if (grow_in_place(remap, region_at(aspace, remap->old)))
		return remap->old;
	to = range_find_free(aspace, remap->new_length);
	return to && (remap->flags & MREMAP_MAYMOVE) ? move_to(remap, to) : -ENOMEM;
}

long aspace_remap(struct aspace *aspace, vaddr_t old, size_t old_length, size_t new_length,
		  unsigned mremap_flags, vaddr_t new_address)
{
	struct remap remap = {
		.aspace = aspace,
		.old = old,
		.target = new_address,
		.new_length = ALIGN_UP(new_length, PAGE_SIZE),
		.flags = mremap_flags,
	};
	long result;
	int rc;

	rc = range_check(old, old_length, &remap.old_end);
	if (!rc)
		rc = remap_check(&remap, new_address);
	if (rc)
		return rc;
	if (remap.new_length > USER_TOP - USER_MIN)
		return -ENOMEM;
	list_init(&remap.dead);
	rwlock_write_lock(&aspace->lock);
	result = remap_locked(&remap);
	rwlock_write_unlock(&aspace->lock);
	regions_free(&remap.dead);
	return result;
}
