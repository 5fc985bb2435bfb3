/* SPDX-License-Identifier: MIT */
/* The regions of an address space; for vm's own files. */
#ifndef VM_REGION_H
#define VM_REGION_H

#include "vm/aspace.h"

#define REGION_RIGHTS (REGION_READ | REGION_WRITE | REGION_EXEC)
#define REGIONS_MAX   65530             /* of one address space, as Linux' vm.max_map_count */
#define STACK_GUARD   (256 * PAGE_SIZE) /* kept free below a stack */

struct region {
	/* [aspace->lock], and with an object its mappings_lock to change them, or its freezer */
	struct tree_node node; /* by start */
	vaddr_t start, end;    /* page-aligned, end exclusive */
	uint64_t page_offset;  /* of start, in the object, in pages */
	/* [aspace->lock] */
	unsigned flags; /* enum region_flags */
	/* [aspace->lock] free bytes below it, and what no gap in the subtree at `node` exceeds */
	size_t gap, gap_bound;
	/* const while linked */
	struct aspace *aspace;
	struct memobj *object;          /* NULL: private zero-filled */
	struct region_backing *backing; /* NULL: no file */
	struct list_node object_node;   /* [object->mappings_lock] */
	/* [aspace->lock] on aspace->in_order; of an unlinked one the thread's that unlinked it */
	struct list_node order_node;
};

void region_init(void);
void regions_init(struct aspace *aspace);

/* The first region that ends above `address`, or NULL. */
struct region *region_above(struct aspace *aspace, vaddr_t address);
/* The region that holds `address`, or NULL. */
struct region *region_at(struct aspace *aspace, vaddr_t address);
struct region *region_next(struct region *region);
struct region *region_prev(struct region *region);
struct region *region_first(struct aspace *aspace);
struct region *region_last(struct aspace *aspace);
/* No region overlaps [start, end). */
bool range_is_free(struct aspace *aspace, vaddr_t start, vaddr_t end);
/* Every page of [start, end) lies in some region. */
bool range_is_mapped(struct aspace *aspace, vaddr_t start, vaddr_t end);
/* The highest place for `length` bytes; 0: none. aspace->lock held for writing. */
vaddr_t range_find_free(struct aspace *aspace, size_t length);

static inline size_t region_pages(const struct region *region)
{
	return (region->end - region->start) >> PAGE_SHIFT;
}

static inline uint64_t region_page_index(const struct region *region, vaddr_t address)
{
	return region->page_offset + (address >> PAGE_SHIFT) - (region->start >> PAGE_SHIFT);
}

static inline bool region_is_shared(const struct region *region)
{
	return region->flags & REGION_SHARED;
}

/*
 * What changes the set needs aspace->lock for writing. Regions that leave it go onto a list `dead`,
 * for regions_free() when the lock is released. None of these touches the page table.
 */

/* Adds a region like `model`, whose range is free, or lets a neighbour that it continues grow over
 * the range. -ENOMEM, nothing changed. */
int must_check region_add(struct aspace *aspace, const struct region *model, struct list *dead);
/* A region like `model` for `aspace`, with references of its own, not linked yet; NULL: no memory.
 * To give it up: regions_free(). Any lock. */
struct region *region_create(struct aspace *aspace, const struct region *model);
/* Puts it in, where the range is free and `above` (NULL: none) is the next; merges nothing. */
void region_link(struct region *region, struct region *above);
/* Gives the empty space `to` copies of all regions of `from`. -ENOMEM: some, and `to` can only be
 * put. */
int must_check regions_clone(struct aspace *to, const struct aspace *from);
/* Cuts the region so that it ends at `at`; the rest becomes one of its own. -ENOMEM. */
int must_check region_split(struct region *region, vaddr_t at);
/* Makes sure that no region lies across `start` or across `end`. -ENOMEM. */
int must_check regions_isolate(struct aspace *aspace, vaddr_t start, vaddr_t end);
/* Changes where it begins and ends, within what it has and the free space around; the pages keep
 * their addresses. */
void region_set_range(struct region *region, vaddr_t start, vaddr_t end);
/* Moves it to begin at `start`, where the range is free. The object's mappings are frozen, because
 * the pages move along. */
void region_move(struct region *region, vaddr_t start);
/* Takes [start, end) out of all regions. -ENOMEM (only where one is cut in two), nothing
 * changed. */
int must_check regions_remove(struct aspace *aspace, vaddr_t start, vaddr_t end, struct list *dead);
/* Merges neighbours that continue each other, from the one before `start` to the one after
 * `end`. */
void regions_merge(struct aspace *aspace, vaddr_t start, vaddr_t end, struct list *dead);
/* Unlinks all, for the end of the address space. */
void regions_remove_all(struct aspace *aspace, struct list *dead);
/* Puts what they hold; may sleep; aspace->lock not held. */
void regions_free(struct list *dead);

/* Checks that a range starts at a page and lies in the user half (-EINVAL), and rounds its end up
 * (vm/map.c). */
int must_check range_check(vaddr_t start, size_t length, vaddr_t *end);
/* Takes [start, end) away, regions and pages (vm/map.c). aspace->lock held for writing. -ENOMEM,
 * nothing changed. */
int must_check unmap_locked(struct aspace *aspace, vaddr_t start, vaddr_t end, struct list *dead);

/* Pages of [start, end) leave the page table, every TLB, and then the frames are put (vm/unmap.c).
 * aspace->lock held for writing. */
void aspace_clear_range(struct aspace *aspace, vaddr_t start, vaddr_t end);
/* The same for the pages of the region's object from index `first` on. Instead, the object's
 * mappings are frozen. */
void region_unmap_object_from(struct region *region, uint64_t first);
/* Frees table pages that pagetable_prune() unlinked, after the shootdown. */
void tables_put(struct list *tables);
/* Regions with no larger gap between them are walked over together: the empty entries cost less
 * than another descent from the root. */
#define WALK_GAP_MAX (16 * PAGE_SIZE)

/* The rights of a page of `region` in the page table. A page that is not `exclusive` is shared with
 * someone who must not see a write. */
unsigned region_page_flags(const struct region *region, bool exclusive);
/* Makes the page of `region` at `page` present, its own when `write`, and gives its frame,
 * referenced. The region's rights are not looked at. aspace->lock held (fault.c). */
enum fault_result page_hold(struct region *region, vaddr_t page, bool write, struct frame **frame);

#endif
