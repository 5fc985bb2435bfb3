/* SPDX-License-Identifier: MIT */
/* The pages of an address space, for those who draw it. */
#include "mm/frame.h"
#include "vm/aspace.h"

struct collection {
	struct aspace_page *pages;
	size_t room, count;
};

static enum page_visit collect(vaddr_t address, struct page_mapping *mapping, void *argument)
{
	struct collection *collection = argument;

	if (collection->count == collection->room)
		return PAGE_VISIT_STOP;
	collection->pages[collection->count++] = (struct aspace_page){
		.address = address,
		.frame = mapping->frame,
		.references = frame_references(frame_of(mapping->frame)),
		.flags = mapping->flags,
	};
	return PAGE_VISIT_KEEP;
}

size_t aspace_pages(struct aspace *aspace, vaddr_t start, vaddr_t end, struct aspace_page *pages,
		    size_t room)
{
	struct collection collection = {.pages = pages, .room = room};

	rwlock_read_lock(&aspace->lock);
	spin_lock(&aspace->table_lock);
	pagetable_visit(&aspace->table, start, end, collect, &collection);
	spin_unlock(&aspace->table_lock);
	rwlock_read_unlock(&aspace->lock);
	return collection.count;
}
