/* SPDX-License-Identifier: MIT */
/*
 * Pages leave an address space: the entries are cleared, every TLB forgets them, and only then the
 * frames are put, since another CPU may write through a stale translation until it has acknowledged
 * the shootdown.
 *
 * In between the frames must be kept somewhere without allocating memory. A frame with one
 * reference is known to nobody but the entry just cleared, so it is linked through frame->node, any
 * number of them. A shared frame may be linked by someone else at the same moment; its pointer goes
 * into a small array, and when that is full the walk stops, the shootdown is done, and the walk
 * goes on.
 *
 * Entry points: aspace_clear_range(), region_unmap_object_from().
 */
#include "arch/tlb.h"
#include "base/assert.h"
#include "vm/region.h"

#define SHARED_MAX 64

struct gather {
	vaddr_t next;          /* where the walk has to go on, when the array was full */
	size_t count;          /* entries cleared */
	struct list exclusive; /* frames with one reference, that of the entry */
	struct frame *shared[SHARED_MAX];
	unsigned shared_count;
	struct list tables; /* unlinked table pages */
};

static enum page_visit gather_page(vaddr_t address, struct page_mapping *mapping, void *argument)
{
	struct gather *gather = argument;
	struct frame *frame = frame_of(mapping->frame);

	if (frame_references(frame) == 1) {
		list_push_back(&gather->exclusive, &frame->node);
	} else {
		if (gather->shared_count == SHARED_MAX) {
			gather->next = address;
			return PAGE_VISIT_STOP;
		}
		gather->shared[gather->shared_count++] = frame;
	}
	gather->count++;
	return PAGE_VISIT_CLEAR;
}

void tables_put(struct list *tables)
{
	struct list_node *node;

	/* Nothing is left in them, so they can be tables again without being cleared. */
	while ((node = list_pop_front(tables)))
		frame_put_with(container_of(node, struct frame, node), CONTENT_ZEROES);
}

/* Of [start, gather->next). */
static void put_gathered(struct aspace *aspace, struct gather *gather, vaddr_t start)
{
	tlb_shootdown(&aspace->table, start, gather->next);
	frames_put(&gather->exclusive);
	for (unsigned i = 0; i < gather->shared_count; i++)
		frame_put(gather->shared[i]);
	tables_put(&gather->tables);
}

/* Clears from *next on as much as can be gathered and moves *next on. With `prune`, the walk that
 * ends takes the tables that [start, end) left empty along. */
static void clear_some(struct aspace *aspace, vaddr_t *next, vaddr_t start, vaddr_t end, bool prune)
{
	struct gather gather; /* not cleared as a whole: the array is large */

	gather.next = end;
	gather.count = 0;
	gather.shared_count = 0;
	list_init(&gather.exclusive);
	list_init(&gather.tables);
	spin_lock(&aspace->table_lock);
	pagetable_visit(&aspace->table, *next, end, gather_page, &gather);
	if (prune && gather.next == end)
		pagetable_prune(&aspace->table, start, end, &gather.tables);
	/* relaxed: a figure for /proc */
	atomic_fetch_sub_explicit(&aspace->resident_pages, gather.count, memory_order_relaxed);
	spin_unlock(&aspace->table_lock);

	if (!list_empty(&gather.tables))
		put_gathered(aspace, &gather, start);
	else if (gather.count > 0)
		put_gathered(aspace, &gather, *next);
	*next = gather.next;
}

void aspace_clear_range(struct aspace *aspace, vaddr_t start, vaddr_t end)
{
	vaddr_t next = start;

	ASSERT(rwlock_write_held(&aspace->lock));
	while (next < end)
		clear_some(aspace, &next, start, end, true);
}

void region_unmap_object_from(struct region *region, uint64_t first)
{
	uint64_t offset = region->page_offset;
	vaddr_t start = region->start;

	ASSERT(memobj_mappings_frozen(region->object));
	if (first >= offset + region_pages(region))
		return;
	if (first > offset)
		start += (first - offset) << PAGE_SHIFT;
	/* Table pages stay: faults that go on meanwhile may be about to use them. */
	while (start < region->end)
		clear_some(region->aspace, &start, start, region->end, false);
}
