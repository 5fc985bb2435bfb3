/* SPDX-License-Identifier: MIT */
/*
 * The set of regions of an address space: finding, adding, cutting, merging. Only the map changes
 * here; the pages are map.c's and unmap.c's.
 *
 * Regions are kept in a balanced tree by address. Each has the size of the gap below it, and a
 * bound of the gaps in its subtree, so that the place for a new mapping is found without looking at
 * all of them: a process with 10,000 threads has 20,000 regions. The bound may be too high: when a
 * gap shrinks, nobody is told, and a search that was misled lowers it. So the nodes on the way to
 * the root are written only when a gap becomes larger than all that were known, which mapping and
 * unmapping at the same place does not make it.
 *
 * Invariants: regions do not overlap and are not empty; two neighbours that could be one are one,
 * except after a fork of a space or a failure. A region with an object is on object->regions
 * exactly while it is in the tree.
 *
 * Locks: aspace->lock for writing in everything that changes, then memobj_lock_mappings() around
 * what a resize of the object may look at: the list, start, end and page_offset.
 */
#include "vm/region.h"

#include "base/assert.h"
#include "lib/abi/errno.h"
#include "mm/slab.h"

static struct slab_cache region_cache;

void region_init(void)
{
	slab_cache_init(&region_cache, "region", sizeof(struct region), 0);
}

static struct region *region_of(struct tree_node *node)
{
	return node ? container_of(node, struct region, node) : NULL;
}

static struct region *listed(struct list_node *node)
{
	return node ? container_of(node, struct region, order_node) : NULL;
}

/* ---- The tree and its gaps ---- */

/* The lowest address that others should leave alone: a stack's may be below its start. */
static vaddr_t region_low(const struct region *region)
{
	if (!(region->flags & REGION_STACK) || region->end < STACK_LIMIT + STACK_GUARD)
		return region->start;
	return MIN(region->start, region->end - STACK_LIMIT - STACK_GUARD);
}

static size_t gap_between(vaddr_t end, vaddr_t start)
{
	return end < start ? start - end : 0;
}

static size_t bound_of(const struct tree_node *node)
{
	return node ? container_of(node, struct region, node)->gap_bound : 0;
}

static void region_update(struct tree_node *node)
{
	struct region *region = region_of(node);
	size_t below = MAX(bound_of(node->left), bound_of(node->right));

	region->gap_bound = MAX(region->gap, below);
}

/* `below`: the region before it, or NULL. */
static void set_gap(struct region *region, const struct region *below)
{
	region->gap = gap_between(below ? below->end : USER_MIN, region_low(region));
	for (struct tree_node *node = &region->node; node && bound_of(node) < region->gap;
	     node = node->parent)
		region_of(node)->gap_bound = region->gap;
}

/* The gaps on both sides of a region that came or changed. */
static void set_gaps(struct region *region)
{
	struct region *above = region_next(region);

	set_gap(region, region_prev(region));
	if (above)
		set_gap(above, region);
}

void regions_init(struct aspace *aspace)
{
	tree_init(&aspace->regions);
	list_init(&aspace->in_order);
	aspace->regions.update = region_update;
}

struct region *region_above(struct aspace *aspace, vaddr_t address)
{
	struct tree_node *node = aspace->regions.root;
	struct region *best = NULL;

	while (node) {
		struct region *region = region_of(node);

		if (region->end > address) {
			best = region;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return best;
}

struct region *region_at(struct aspace *aspace, vaddr_t address)
{
	struct region *region = region_above(aspace, address);

	return region && region->start <= address ? region : NULL;
}

struct region *region_next(struct region *region)
{
	return listed(list_next(&region->aspace->in_order, &region->order_node));
}

struct region *region_prev(struct region *region)
{
	struct list_node *below = region->order_node.prev;

	return below == &region->aspace->in_order.head ? NULL : listed(below);
}

struct region *region_first(struct aspace *aspace)
{
	return listed(list_first(&aspace->in_order));
}

struct region *region_last(struct aspace *aspace)
{
	return listed(list_last(&aspace->in_order));
}

bool range_is_free(struct aspace *aspace, vaddr_t start, vaddr_t end)
{
	struct region *region = region_above(aspace, start);

	return !region || region->start >= end;
}

bool range_is_mapped(struct aspace *aspace, vaddr_t start, vaddr_t end)
{
	struct region *region = region_above(aspace, start);

	while (start < end) {
		if (!region || region->start > start)
			return false;
		start = region->end;
		region = region_next(region);
	}
	return true;
}

/* The highest region of the subtree at `node` with `length` free bytes below it. */
static struct region *gap_find(struct tree_node *node, size_t length)
{
	struct region *region = region_of(node), *found;

	if (bound_of(node) < length)
		return NULL;
	found = gap_find(node->right, length);
	if (!found && region->gap >= length)
		found = region;
	if (!found)
		found = gap_find(node->left, length);
	if (!found)
		region_update(node); /* the bound was too high */
	return found;
}

vaddr_t range_find_free(struct aspace *aspace, size_t length)
{
	struct region *region = region_last(aspace);

	if (gap_between(region ? region->end : USER_MIN, USER_TOP) >= length)
		return USER_TOP - length;
	region = gap_find(aspace->regions.root, length);
	return region ? region_low(region) - length : 0;
}

/* ---- Linking ---- */

static void mappings_lock(struct memobj *object)
{
	if (object)
		memobj_lock_mappings(object);
}

static void mappings_unlock(struct memobj *object)
{
	if (object)
		memobj_unlock_mappings(object);
}

/* Into and out of the list of its object. */
static void mappings_add(struct region *region)
{
	if (!region->object)
		return;
	memobj_lock_mappings(region->object);
	list_push_back(&region->object->regions, &region->object_node);
	memobj_unlock_mappings(region->object);
}

static void mappings_remove(struct region *region)
{
	if (!region->object)
		return;
	memobj_lock_mappings(region->object);
	list_remove(&region->object_node);
	memobj_unlock_mappings(region->object);
}

/* Between two neighbours there is one free link: to the left of the upper or the right of the
 * lower. */
static void tree_add(struct aspace *aspace, struct region *region, struct region *above)
{
	struct region *below = above ? region_prev(above) : region_last(aspace);
	struct tree_node **link = &aspace->regions.root, *parent = NULL;

	if (above && !above->node.left) {
		parent = &above->node;
		link = &parent->left;
	} else if (below) {
		parent = &below->node;
		link = &parent->right;
	}
	region->gap = region->gap_bound = 0; /* until set_gaps() */
	tree_insert(&aspace->regions, &region->node, parent, link);
	list_insert_before(above ? &above->order_node : &aspace->in_order.head,
			   &region->order_node);
	aspace->region_count++;
	set_gaps(region);
}

static void tree_take(struct region *region)
{
	struct region *below = region_prev(region), *above = region_next(region);

	tree_remove(&region->aspace->regions, &region->node);
	list_remove(&region->order_node);
	region->aspace->region_count--;
	if (above)
		set_gap(above, below);
}

struct region *region_create(struct aspace *aspace, const struct region *model)
{
	struct region *region = slab_alloc(&region_cache);

	if (!region)
		return NULL;
	*region = (struct region){
		.start = model->start,
		.end = model->end,
		.page_offset = model->page_offset,
		.flags = model->flags,
		.aspace = aspace,
		.object = model->object,
		.backing = model->backing,
	};
	if (region->object)
		memobj_get(region->object);
	if (region->backing)
		region->backing->get(region->backing);
	return region;
}

void region_link(struct region *region, struct region *above)
{
	struct aspace *aspace = region->aspace;

	mappings_add(region);
	tree_add(aspace, region, above);
	aspace->mapped_pages += region_pages(region);
}

/* A copy of the subtree at `model`, of the same shape, at *link below `parent`. */
static int clone_subtree(struct aspace *aspace, const struct tree_node *model,
			 struct tree_node *parent, struct tree_node **link)
{
	const struct region *from = container_of(model, struct region, node);
	struct region *region;

	if (!model)
		return 0;
	region = region_create(aspace, from);
	if (!region)
		return -ENOMEM;
	region->node = (struct tree_node){.parent = parent, .height = model->height};
	region->gap = from->gap;
	region->gap_bound = from->gap_bound;
	*link = &region->node;
	mappings_add(region);
	int rc = clone_subtree(aspace, model->left, &region->node, &region->node.left);
	list_push_back(&aspace->in_order, &region->order_node);
	return rc ? rc : clone_subtree(aspace, model->right, &region->node, &region->node.right);
}

int regions_clone(struct aspace *to, const struct aspace *from)
{
	to->region_count = from->region_count;
	to->mapped_pages = from->mapped_pages;
	return clone_subtree(to, from->regions.root, NULL, &to->regions.root);
}

static void region_unlink(struct region *region, struct list *dead)
{
	struct aspace *aspace = region->aspace;

	mappings_remove(region);
	tree_take(region);
	aspace->mapped_pages -= region_pages(region);
	list_push_back(dead, &region->order_node);
}

void regions_remove_all(struct aspace *aspace, struct list *dead)
{
	list_for_each(node, &aspace->in_order)
		mappings_remove(listed(node));
	list_splice(dead, &aspace->in_order);
	aspace->regions.root = NULL;
	aspace->region_count = 0;
	aspace->mapped_pages = 0;
}

void regions_free(struct list *dead)
{
	struct list_node *node;

	while ((node = list_pop_front(dead))) {
		struct region *region = listed(node);

		if (region->object)
			memobj_put(region->object);
		if (region->backing)
			region->backing->put(region->backing);
		slab_free(&region_cache, region);
	}
}

/* ---- Cutting and merging ---- */

void region_set_range(struct region *region, vaddr_t start, vaddr_t end)
{
	struct aspace *aspace = region->aspace;

	ASSERT(start < end);
	aspace->mapped_pages -= region_pages(region);
	mappings_lock(region->object);
	if (region->object)
		region->page_offset = region_page_index(region, start);
	region->start = start;
	region->end = end;
	mappings_unlock(region->object);
	aspace->mapped_pages += region_pages(region);
	set_gaps(region);
}

/* Memory is about to leave its address: see aspace_key(). */
static void note_move(struct aspace *aspace)
{
	/* two steps: changed under the lock only */
	uint64_t moves = atomic_load_explicit(&aspace->moves, memory_order_relaxed);

	atomic_store_explicit(&aspace->moves, moves + 1, memory_order_relaxed);
}

void region_move(struct region *region, vaddr_t start)
{
	size_t length = region->end - region->start;

	ASSERT(!region->object || memobj_mappings_frozen(region->object));
	note_move(region->aspace);
	tree_take(region);
	region->start = start;
	region->end = start + length;
	tree_add(region->aspace, region, region_above(region->aspace, start));
}

int region_split(struct region *region, vaddr_t at)
{
	struct aspace *aspace = region->aspace;
	struct region *upper;

	ASSERT(region->start < at && at < region->end);
	if (aspace->region_count >= REGIONS_MAX)
		return -ENOMEM;
	upper = region_create(aspace, region);
	if (!upper)
		return -ENOMEM;
	upper->start = at;
	if (upper->object)
		upper->page_offset = region_page_index(region, at);

	/* In one step: a resize of the object sees either one region or both. */
	mappings_lock(region->object);
	region->end = at;
	if (upper->object)
		list_push_back(&upper->object->regions, &upper->object_node);
	mappings_unlock(region->object);
	tree_add(aspace, upper, region_next(region));
	return 0;
}

int regions_isolate(struct aspace *aspace, vaddr_t start, vaddr_t end)
{
	struct region *region = region_at(aspace, start);

	if (region && region->start < start && region_split(region, start))
		return -ENOMEM;
	region = region_at(aspace, end);
	if (region && region->start < end && region_split(region, end))
		return -ENOMEM;
	return 0;
}

int regions_remove(struct aspace *aspace, vaddr_t start, vaddr_t end, struct list *dead)
{
	struct region *region = region_above(aspace, start), *next;

	if (region && region->start < start && region->end > end && region_split(region, end))
		return -ENOMEM;
	note_move(aspace);
	for (; region && region->start < end; region = next) {
		next = region_next(region);
		if (region->start < start)
			region_set_range(region, region->start, start);
		else if (region->end > end)
			region_set_range(region, end, region->end);
		else
			region_unlink(region, dead);
	}
	return 0;
}

/* `upper` would go on exactly where `lower` ends. */
static bool region_continues(const struct region *lower, const struct region *upper)
{
	if (lower->end != upper->start || lower->flags != upper->flags ||
	    lower->object != upper->object || lower->backing != upper->backing)
		return false;
	if (lower->object && lower->page_offset + region_pages(lower) != upper->page_offset)
		return false;
	return !(lower->flags & REGION_STACK);
}

/* Lets `lower` grow over `upper`, which it continues. */
static void region_merge(struct region *lower, struct region *upper, struct list *dead)
{
	tree_take(upper);
	mappings_lock(lower->object);
	lower->end = upper->end;
	if (upper->object)
		list_remove(&upper->object_node);
	mappings_unlock(lower->object);
	set_gaps(lower);
	list_push_back(dead, &upper->order_node);
}

void regions_merge(struct aspace *aspace, vaddr_t start, vaddr_t end, struct list *dead)
{
	struct region *region = region_above(aspace, start), *next;

	if (region && region_prev(region))
		region = region_prev(region);
	for (; region && region->start < end; region = next) {
		next = region_next(region);
		if (next && region_continues(region, next)) {
			region_merge(region, next, dead);
			next = region;
		}
	}
}

int region_add(struct aspace *aspace, const struct region *model, struct list *dead)
{
	struct region *above = region_above(aspace, model->start);
	struct region *below = above ? region_prev(above) : region_last(aspace);
	struct region *region;

	ASSERT(range_is_free(aspace, model->start, model->end));
	if (below && region_continues(below, model)) {
		region_set_range(below, below->start, model->end);
		if (above && region_continues(below, above))
			region_merge(below, above, dead);
		return 0;
	}
	if (above && region_continues(model, above)) {
		region_set_range(above, model->start, above->end);
		return 0;
	}
	region = aspace->region_count < REGIONS_MAX ? region_create(aspace, model) : NULL;
	if (!region)
		return -ENOMEM;
	region_link(region, above);
	return 0;
}
