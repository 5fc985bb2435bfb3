/* SPDX-License-Identifier: MIT */
/*
 * What mmap, munmap, mprotect, madvise and brk do to an address space.
 *
 * Each checks its arguments, takes aspace->lock for writing, makes sure that nothing can fail any
 * more (a region that must be cut in two is the only thing that takes memory), changes the regions,
 * then the pages, and after the lock is released puts what the regions held. Mapping makes no
 * pages: they come by faults.
 *
 * Entry points: aspace_map(), aspace_unmap(), aspace_protect(), aspace_advise(), aspace_brk().
 */
#include "arch/tlb.h"
#include "base/assert.h"
#include "lib/abi/errno.h"
#include "lib/abi/mman.h"
#include "vm/region.h"

int range_check(vaddr_t start, size_t length, vaddr_t *end)
{
	if (!IS_ALIGNED(start, PAGE_SIZE) || start > USER_TOP || length > USER_TOP - start)
		return -EINVAL;
	*end = start + ALIGN_UP(length, PAGE_SIZE);
	return 0;
}

int unmap_locked(struct aspace *aspace, vaddr_t start, vaddr_t end, struct list *dead)
{
	int rc = regions_remove(aspace, start, end, dead);

	if (!rc)
		aspace_clear_range(aspace, start, end);
	return rc;
}

/* ---- mmap and munmap ---- */

/* Where the request goes. */
static long place_locked(struct aspace *aspace, const struct map_request *request, size_t length)
{
	vaddr_t address = request->address;

	if (!request->fixed) {
		address = ALIGN_DOWN(address, PAGE_SIZE);
		if (address >= USER_MIN && address <= USER_TOP - length &&
		    range_is_free(aspace, address, address + length))
			return address;
		address = range_find_free(aspace, length);
		return address ? (long)address : -ENOMEM;
	}
	if (!IS_ALIGNED(address, PAGE_SIZE))
		return -EINVAL;
	if (address > USER_TOP - length)
		return -ENOMEM;
	if (address < USER_MIN)
		return -EPERM;
	if (request->no_replace && !range_is_free(aspace, address, address + length))
		return -EEXIST;
	return address;
}

/* Puts a region like `model` in the place of whatever is there. -ENOMEM, nothing changed. */
static int replace_locked(struct aspace *aspace, const struct region *model, struct list *dead)
{
	struct region *region = region_create(aspace, model);
	int rc;

	if (!region)
		return -ENOMEM;
	rc = unmap_locked(aspace, model->start, model->end, dead);
	if (rc) {
		list_push_back(dead, &region->order_node);
		return rc;
	}
	region_link(region, region_above(aspace, region->start));
	regions_merge(aspace, region->start, region->end, dead);
	return 0;
}

long aspace_map(struct aspace *aspace, const struct map_request *request)
{
	size_t length = ALIGN_UP(request->length, PAGE_SIZE);
	struct region model = {
		.flags = request->flags,
		.object = request->object,
		.page_offset = request->object ? request->page_offset : 0,
		.backing = request->backing,
	};
	struct list dead;
	long address;
	int rc;

	ASSERT(request->object || !(request->flags & REGION_SHARED));
	if (request->length == 0)
		return -EINVAL;
	if (length == 0 || length > USER_TOP - USER_MIN)
		return -ENOMEM;
	if (model.page_offset > (UINT64_MAX >> PAGE_SHIFT) - (length >> PAGE_SHIFT))
		return -EOVERFLOW;

	list_init(&dead);
	rwlock_write_lock(&aspace->lock);
	address = place_locked(aspace, request, length);
	if (address > 0) {
		model.start = address;
		model.end = address + length;
		rc = !request->fixed || range_is_free(aspace, model.start, model.end)
			     ? region_add(aspace, &model, &dead)
			     : replace_locked(aspace, &model, &dead);
		if (rc)
			address = rc;
	}
	rwlock_write_unlock(&aspace->lock);
	regions_free(&dead);
	return address;
}

int aspace_unmap(struct aspace *aspace, vaddr_t start, size_t length)
{
	struct list dead;
	vaddr_t end;
	int rc;

	rc = range_check(start, length, &end);
	if (rc || start == end)
		return -EINVAL;
	list_init(&dead);
	rwlock_write_lock(&aspace->lock);
	rc = unmap_locked(aspace, start, end, &dead);
	rwlock_write_unlock(&aspace->lock);
	regions_free(&dead);
	return rc;
}

/* ---- mprotect ---- */

struct protection {
	struct region *region;
	bool narrowed; /* some entry lost a right */
};

static enum page_visit protect_page(vaddr_t address, struct page_mapping *mapping, void *argument)
{
	struct protection *protection = argument;
	unsigned rights = region_page_flags(protection->region, !(mapping->flags & PAGE_COW));

	(void)address;
	if (mapping->flags & REGION_RIGHTS & ~rights)
		protection->narrowed = true;
	mapping->flags = rights;
	return PAGE_VISIT_UPDATE;
}

/* Gives the region new rights; true when the TLBs have to be told. */
static bool region_protect(struct region *region, unsigned rights)
{
	struct protection protection = {.region = region};
	struct aspace *aspace = region->aspace;

	if ((region->flags & REGION_RIGHTS) == rights)
		return false;
	region->flags = (region->flags & ~REGION_RIGHTS) | rights;
	spin_lock(&aspace->table_lock);
	pagetable_visit(&aspace->table, region->start, region->end, protect_page, &protection);
	spin_unlock(&aspace->table_lock);
	return protection.narrowed;
}

/* Every page is mapped, and no shared mapping of a file that was opened for reading would become
 * writable. */
static int protect_check(struct aspace *aspace, vaddr_t start, vaddr_t end, unsigned rights)
{
	struct region *region = region_above(aspace, start);

	if (!range_is_mapped(aspace, start, end))
		return -ENOMEM;
	for (; region && region->start < end; region = region_next(region))
		if ((rights & REGION_WRITE) && region_is_shared(region) && region->backing &&
		    !region->backing->writable)
			return -EACCES;
	return 0;
}

static int protect_locked(struct aspace *aspace, vaddr_t start, vaddr_t end, unsigned rights,
			  struct list *dead)
{
	struct region *region;
	bool narrowed = false;
	int rc;

	rc = protect_check(aspace, start, end, rights);
	if (!rc)
		rc = regions_isolate(aspace, start, end);
	if (!rc)
		for (region = region_at(aspace, start); region && region->start < end;
		     region = region_next(region))
			narrowed |= region_protect(region, rights);
	/* Also what regions_isolate() cut before it failed becomes whole again. */
	regions_merge(aspace, start, end, dead);
	if (narrowed)
		tlb_shootdown(&aspace->table, start, end);
	return rc;
}

int aspace_protect(struct aspace *aspace, vaddr_t start, size_t length, unsigned rights)
{
	struct list dead;
	vaddr_t end;
	int rc;

	ASSERT((rights & ~REGION_RIGHTS) == 0);
	if (!IS_ALIGNED(start, PAGE_SIZE))
		return -EINVAL;
	if (range_check(start, length, &end))
		return -ENOMEM;
	if (start == end)
		return 0;
	list_init(&dead);
	rwlock_write_lock(&aspace->lock);
	rc = protect_locked(aspace, start, end, rights, &dead);
	rwlock_write_unlock(&aspace->lock);
	regions_free(&dead);
	return rc;
}

/* ---- madvise ---- */

/* MADV_DONTNEED: the pages go; the next access finds zeroes, or what the object has. As on Linux,
 * holes are passed over and then reported. */
static int drop_pages(struct aspace *aspace, vaddr_t start, vaddr_t end)
{
	bool complete;

	rwlock_write_lock(&aspace->lock);
	complete = range_is_mapped(aspace, start, end);
	aspace_clear_range(aspace, start, end);
	rwlock_write_unlock(&aspace->lock);
	return complete ? 0 : -ENOMEM;
}

int aspace_advise(struct aspace *aspace, vaddr_t start, size_t length, int advice)
{
	bool complete;
	vaddr_t end;

	if (range_check(start, length, &end))
		return -EINVAL;
	switch (advice) {
	case MADV_DONTNEED:
	case MADV_FREE: /* may free at any time: does at once */
		return start == end ? 0 : drop_pages(aspace, start, end);
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
		/* Advice in the true sense: there is nothing here that it could change. */
		rwlock_read_lock(&aspace->lock);
		complete = range_is_mapped(aspace, start, end);
		rwlock_read_unlock(&aspace->lock);
		return complete ? 0 : -ENOMEM;
	default:
		return -EINVAL;
	}
}

/* ---- brk ---- */

static int heap_grow_locked(struct aspace *aspace, vaddr_t start, vaddr_t end, struct list *dead)
{
	const struct region model = {
		.start = start,
		.end = end,
		.flags = REGION_READ | REGION_WRITE | REGION_HEAP,
	};

	if (!range_is_free(aspace, start, end))
		return -ENOMEM;
	return region_add(aspace, &model, dead);
}

vaddr_t aspace_brk(struct aspace *aspace, vaddr_t end)
{
	vaddr_t old_page, new_page, result;
	struct list dead;
	int rc = -ENOMEM;

	list_init(&dead);
	rwlock_write_lock(&aspace->lock);
	if (aspace->brk_start && end >= aspace->brk_start && end <= USER_TOP) {
		old_page = ALIGN_UP(aspace->brk_end, PAGE_SIZE);
		new_page = ALIGN_UP(end, PAGE_SIZE);
		rc = 0;
		if (new_page > old_page)
			rc = heap_grow_locked(aspace, old_page, new_page, &dead);
		else if (new_page < old_page)
			rc = unmap_locked(aspace, new_page, old_page, &dead);
	}
	if (!rc)
		aspace->brk_end = end;
	result = aspace->brk_end;
	rwlock_write_unlock(&aspace->lock);
	regions_free(&dead);
	return result;
}
