/* SPDX-License-Identifier: MIT */
/*
 * The life of an address space, and looking at it from outside.
 *
 * Life: aspace_create() or aspace_fork() → shared by the threads of a process (and by vfork's
 * child), each holder with a reference → the last aspace_put() evicts it from CPUs that kept it
 * loaded lazily, and takes regions, pages and tables down, in that order.
 *
 * Entry points: aspace_create(), aspace_get(), aspace_put(), aspace_write(), aspace_read(),
 * aspace_key(), aspace_region_info().
 */
#include "vm/aspace.h"

#include "arch/tlb.h"
#include "base/assert.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vm/region.h"

static struct slab_cache aspace_cache;

void aspace_init(void)
{
	region_init();
	slab_cache_init(&aspace_cache, "aspace", sizeof(struct aspace), 0);
}

struct aspace *aspace_create(void)
{
	struct aspace *aspace = slab_alloc(&aspace_cache);

	if (!aspace)
		return NULL;
	memset(aspace, 0, sizeof(*aspace));
	if (pagetable_create(&aspace->table)) {
		slab_free(&aspace_cache, aspace);
		return NULL;
	}
	ref_init(&aspace->references);
	spin_init(&aspace->table_lock, "page table", RANK_VM);
	waitq_init(&aspace->copy_settled, "page's copy");
	rwlock_init(&aspace->lock, "address space", RANK_ASPACE);
	regions_init(aspace);
	atomic_init(&aspace->stack_limit, STACK_LIMIT);
	return aspace;
}

void aspace_get(struct aspace *aspace)
{
	ref_get(&aspace->references);
}

/* Puts the pages of all regions, which are listed by address. */
static void clear_regions(struct aspace *aspace, struct list *regions)
{
	vaddr_t start = 0, end = 0;

	list_for_each(node, regions) {
		struct region *region = container_of(node, struct region, order_node);

		if (region->start - end > WALK_GAP_MAX) {
			pagetable_drop(&aspace->table, start, end);
			start = region->start;
		}
		end = region->end;
	}
	pagetable_drop(&aspace->table, start, end);
}

void aspace_put(struct aspace *aspace)
{
	struct list dead;

	if (!ref_put(&aspace->references))
		return;
	list_init(&dead);
	/* From here on no resize of an object can find the page table, and then no CPU. */
	regions_remove_all(aspace, &dead);
	tlb_evict(&aspace->table);
	clear_regions(aspace, &dead);
	pagetable_destroy(&aspace->table);
	regions_free(&dead);
	slab_free(&aspace_cache, aspace);
}

/* ---- Memory of a space that is not loaded ---- */

/* The frame at `address`, referenced, to be written or read through the direct map. */
static int hold_at(struct aspace *aspace, vaddr_t address, bool write, struct frame **frame)
{
	enum fault_result result = FAULT_NO_REGION;
	struct region *region;

	rwlock_read_lock(&aspace->lock);
	region = region_at(aspace, address);
	if (region)
		result = page_hold(region, ALIGN_DOWN(address, PAGE_SIZE), write, frame);
	rwlock_read_unlock(&aspace->lock);
	if (result == FAULT_DONE)
		return 0;
	return result == FAULT_NO_MEMORY ? -ENOMEM : -EFAULT;
}

int aspace_write(struct aspace *aspace, vaddr_t to, const void *from, size_t bytes)
{
	while (bytes > 0) {
		size_t offset = to % PAGE_SIZE, piece = MIN(bytes, PAGE_SIZE - offset);
		struct frame *frame;
		int rc;

		rc = hold_at(aspace, to, true, &frame);
		if (rc)
			return rc;
		memcpy((char *)frame_vaddr(frame) + offset, from, piece);
		frame_put(frame);
		to += piece;
		from = (const char *)from + piece;
		bytes -= piece;
	}
	return 0;
}

size_t aspace_read(struct aspace *aspace, vaddr_t from, void *to, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		size_t offset = from % PAGE_SIZE, piece = MIN(bytes - done, PAGE_SIZE - offset);
		struct frame *frame;

		if (hold_at(aspace, from, false, &frame))
			break;
		memcpy((char *)to + done, (char *)frame_vaddr(frame) + offset, piece);
		frame_put(frame);
		from += piece;
		done += piece;
	}
	return done;
}

/* ---- What others want to know ---- */

bool aspace_key(struct aspace *aspace, vaddr_t address, struct memory_key_hint *hint,
		struct memory_key *key)
{
	struct region *region;

	rwlock_read_lock(&aspace->lock);
	region = region_at(aspace, address);
	if (region && region_is_shared(region)) {
		*hint = (struct memory_key_hint){
			.start = region->start,
			.length = region->end - region->start,
			.owner = region->object->id,
			.offset = region->page_offset * PAGE_SIZE,
			.moves = atomic_load_explicit(&aspace->moves, memory_order_relaxed),
		};
		*key = (struct memory_key){hint->owner, hint->offset + address - hint->start};
	} else if (region) {
		*key = (struct memory_key){(uintptr_t)aspace, address};
	}
	rwlock_read_unlock(&aspace->lock);
	return region != NULL;
}

/* How far below a stack without a guard region an access still counts as its overflow. */
#define OVERFLOW_REACH (64UL << 10)

bool aspace_is_stack_guard(struct aspace *aspace, vaddr_t stack, vaddr_t address)
{
	vaddr_t lowest = 0;

	rwlock_read_lock(&aspace->lock);
	struct region *region = region_at(aspace, stack - 1);
	if (region && address < region->start) {
		struct region *below = region_prev(region);
		vaddr_t free_from = below ? below->end : 0;
		size_t limit = atomic_load_explicit(&aspace->stack_limit, memory_order_relaxed);

		if (below && free_from == region->start && !(below->flags & REGION_RIGHTS))
			lowest = below->start;
		else if (region->flags & REGION_STACK)
			lowest = region->end - MIN(limit + STACK_GUARD, region->end);
		else
			lowest = MAX(free_from, region->start - OVERFLOW_REACH);
	}
	rwlock_read_unlock(&aspace->lock);
	return lowest && address >= lowest;
}

static enum page_visit count_page(vaddr_t address, struct page_mapping *mapping, void *argument)
{
	(void)address;
	(void)mapping;
	(*(size_t *)argument)++;
	return PAGE_VISIT_KEEP;
}

static size_t region_count_resident(struct region *region)
{
	struct aspace *aspace = region->aspace;
	size_t count = 0;

	spin_lock(&aspace->table_lock);
	pagetable_visit(&aspace->table, region->start, region->end, count_page, &count);
	spin_unlock(&aspace->table_lock);
	return count;
}

bool aspace_region_info(struct aspace *aspace, vaddr_t address, bool count_resident,
			struct region_info *info)
{
	struct region_backing *backing = NULL;
	struct region *region;

	memset(info, 0, sizeof(*info));
	rwlock_read_lock(&aspace->lock);
	region = region_above(aspace, address);
	if (region) {
		info->start = region->start;
		info->end = region->end;
		info->flags = region->flags;
		info->offset = region->page_offset * PAGE_SIZE;
		if (region->flags & (REGION_STACK | REGION_HEAP))
			strlcpy(info->name, region->flags & REGION_STACK ? "[stack]" : "[heap]",
				sizeof(info->name));
		if (count_resident)
			info->resident_pages = region_count_resident(region);
		backing = region->backing;
		if (backing)
			backing->get(backing);
	}
	rwlock_read_unlock(&aspace->lock);

	/* Without the lock: the name of a file is looked up under locks of fs. */
	if (backing) {
		backing->describe(backing, info->name, sizeof(info->name), &info->device,
				  &info->inode);
		backing->put(backing);
	}
	return region != NULL;
}
