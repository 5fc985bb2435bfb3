/* SPDX-License-Identifier: MIT */
/*
 * What address spaces must hold, as plain arrays: pages of a window, objects of a few values, and a
 * TLB. check_all() compares them with the real ones.
 */
#ifndef TESTS_HOST_VM_MODEL_H
#define TESTS_HOST_VM_MODEL_H

#include "tests/host/vm_shim.h"

#define PAGES        48
#define HEAP_PAGE    36
#define OBJECT_PAGES 40
#define OBJECTS      2
#define SPACES       4
/* Both sides of where one leaf table ends. */
#define BASE (0x40000000UL - 24 * PAGE_SIZE)

struct model_object {
	struct memobj *object;
	uint64_t size;
	uint64_t values[OBJECT_PAGES]; /* first word of each page */
};

struct model_page {
	bool mapped;
	unsigned flags;
	int object; /* -1: none */
	uint64_t index;
	bool own; /* private and written */
	uint64_t value;
};

struct model_space {
	struct aspace *aspace;
	struct model_page pages[PAGES];
	size_t brk; /* in pages of the window */
	struct {
		struct frame *frame; /* NULL: not cached */
		bool write;
	} tlb[PAGES];
};

static struct model_object objects[OBJECTS];
static struct model_space spaces[SPACES];
static unsigned backing_count;

static void backing_get(struct region_backing *backing)
{
	(void)backing;
	backing_count++;
}

static void backing_put(struct region_backing *backing)
{
	(void)backing;
	assert(backing_count-- > 0);
}

static void backing_describe(struct region_backing *backing, char *name, size_t size,
			     uint64_t *device, uint64_t *inode)
{
	(void)backing;
	snprintf(name, size, "/a/file");
	*device = 1;
	*inode = 2;
}

/* Of objects[1], "opened" for reading only. */
static struct region_backing backing = {backing_get, backing_put, backing_describe, false};

static vaddr_t address_of(size_t page)
{
	return BASE + page * PAGE_SIZE;
}

static uint64_t *model_value(struct model_page *page)
{
	static uint64_t zero;

	if (page->own)
		return &page->value;
	if (page->object >= 0)
		return &objects[page->object].values[page->index];
	zero = 0;
	return &zero;
}

static bool beyond(const struct model_page *page)
{
	return page->object >= 0 &&
	       page->index >= DIV_ROUND_UP(objects[page->object].size, PAGE_SIZE);
}

static void model_write(struct model_page *page, uint64_t value)
{
	if (!(page->flags & REGION_SHARED))
		page->own = true;
	*model_value(page) = value;
}

static struct model_space *random_space(void)
{
	struct model_space *space;

	do {
		space = &spaces[random_below(SPACES)];
	} while (!space->aspace);
	return space;
}

/* ---- The TLB ---- */

/* While somebody still reads the page that was at `i`, nobody may write to another one there. */
static void check_order(struct model_space *space, size_t i)
{
	struct page_mapping mapping;

	if (pagetable_lookup(&space->aspace->table, address_of(i), &mapping) &&
	    mapping.frame != frame_paddr(space->tlb[i].frame))
		assert(!(mapping.flags & PAGE_WRITE));
}

void tlb_shootdown(struct page_table *table, vaddr_t start, vaddr_t end)
{
	meanwhile();
	for (size_t s = 0; s < SPACES; s++) {
		if (!spaces[s].aspace || table != &spaces[s].aspace->table)
			continue;
		for (size_t i = 0; i < PAGES; i++) {
			if (!spaces[s].tlb[i].frame || address_of(i) < start ||
			    address_of(i) >= end)
				continue;
			assert(frame_references(spaces[s].tlb[i].frame) > 0);
			check_order(&spaces[s], i);
			spaces[s].tlb[i].frame = NULL;
		}
	}
}

/* The TLB is that of another CPU as often as not. */
bool tlb_flush_alone(struct page_table *table, vaddr_t address)
{
	if (random_below(2))
		return false;
	for (size_t s = 0; s < SPACES; s++)
		for (size_t i = 0; i < PAGES; i++)
			if (spaces[s].aspace && table == &spaces[s].aspace->table &&
			    address == address_of(i))
				spaces[s].tlb[i].frame = NULL;
	return true;
}

void tlb_evict(struct page_table *table)
{
	tlb_shootdown(table, 0, USER_TOP);
}

static void check_tlb(struct model_space *space)
{
	struct page_mapping mapping;

	for (size_t i = 0; i < PAGES; i++) {
		if (!space->tlb[i].frame)
			continue;
		assert(pagetable_lookup(&space->aspace->table, address_of(i), &mapping));
		assert(mapping.frame == frame_paddr(space->tlb[i].frame));
		assert(mapping.flags & PAGE_READ);
		assert(!space->tlb[i].write || (mapping.flags & PAGE_WRITE));
	}
}

/* ---- Whole spaces ---- */

static void check_page(struct model_space *space, size_t i)
{
	struct model_page *page = &space->pages[i];
	struct region *region = region_at(space->aspace, address_of(i));

	assert(page->mapped == (region != NULL));
	if (!region)
		return;
	assert(region->flags == page->flags);
	assert(region->object == (page->object < 0 ? NULL : objects[page->object].object));
	assert(page->object < 0 || region_page_index(region, address_of(i)) == page->index);
}

static void check_regions(struct aspace *aspace)
{
	vaddr_t last = 0;
	size_t count = 0, pages = 0, resident = 0;

	for (struct region *region = region_first(aspace); region; region = region_next(region)) {
		assert(region->start < region->end && region->start >= last);
		assert(region->gap == gap_between(count > 0 ? last : USER_MIN, region_low(region)));
		assert(region->gap_bound >= region->gap);
		assert(region->gap_bound >= bound_of(region->node.left));
		assert(region->gap_bound >= bound_of(region->node.right));
		last = region->end;
		count++;
		pages += region_pages(region);
		assert(list_linked(&region->object_node) == (region->object != NULL));
	}
	assert(count == aspace->region_count && pages == aspace->mapped_pages);
	pagetable_visit(&aspace->table, 0, USER_TOP, count_page, &resident);
	assert(resident == aspace->resident_pages);
}

static void check_all(void)
{
	for (size_t s = 0; s < SPACES; s++) {
		if (!spaces[s].aspace)
			continue;
		for (size_t i = 0; i < PAGES; i++)
			check_page(&spaces[s], i);
		check_tlb(&spaces[s]);
		check_regions(spaces[s].aspace);
	}
	for (size_t o = 0; o < OBJECTS; o++)
		assert(memobj_size(objects[o].object) == objects[o].size);
	assert(shim_irqs_off == 0);
}

#endif
