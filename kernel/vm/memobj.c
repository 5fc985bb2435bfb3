/* SPDX-License-Identifier: MIT */
/*
 * Memory objects.
 *
 * Taking pages away is the hard part, because they may be mapped. memobj_resize() sets the size,
 * takes the pages out of the tree and raises `shrinks`, all under object->lock; then it clears the
 * mappings in every region, and only after the shootdowns drops the object's references. A fault
 * that fetched a page before is caught by one of two: either it installs the page first, and the
 * clearing, which needs the same table lock, finds it; or it comes later and sees that `shrinks`
 * changed.
 *
 * While a frame belongs to an object, frame->node is the object's: it links the frames taken away.
 *
 * Lock order: freezer (sleeping), table locks of address spaces, object->lock. Under mappings_lock
 * nothing is taken but what it takes to hand the freezer on.
 *
 * Entry points: memobj_page() for faults, memobj_read(), memobj_write(), memobj_resize() for files.
 */
#include "vm/memobj.h"

#include "base/assert.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vm/region.h"

static struct slab_cache memobj_cache;
static _Atomic uint64_t next_id = 1; /* would take centuries to wrap */

void memobj_init(void)
{
	radix_init();
	slab_cache_init(&memobj_cache, "memobj", sizeof(struct memobj), 0);
}

struct memobj *memobj_create(uint64_t size)
{
	struct memobj *object = slab_alloc(&memobj_cache);

	if (!object)
		return NULL;
	/* relaxed: any two calls get different numbers */
	*object = (struct memobj){
		.id = atomic_fetch_add_explicit(&next_id, 1, memory_order_relaxed), .size = size};
	ref_init(&object->references);
	spin_init(&object->lock, "memobj", RANK_MEMOBJ);
	list_init(&object->regions);
	spin_init(&object->mappings_lock, "memobj mappings", RANK_MEMOBJ);
	mutex_init(&object->freezer, "memobj freezer", RANK_MEMOBJ_SLEEP);
	return object;
}

void memobj_get(struct memobj *object)
{
	ref_get(&object->references);
}

/* The object's reference of a frame moves to the list. */
static void frame_to_list(void *item, void *argument)
{
	struct frame *frame = item;
	struct list *frames = argument;

	list_push_back(frames, &frame->node);
}

void memobj_put(struct memobj *object)
{
	struct list frames;

	if (!ref_put(&object->references))
		return;
	ASSERT(list_empty(&object->regions));
	list_init(&frames);
	radix_remove_from(&object->pages, 0, frame_to_list, &frames);
	frames_put(&frames);
	slab_free(&memobj_cache, object);
}

static uint64_t page_limit(const struct memobj *object)
{
	return DIV_ROUND_UP(object->size, PAGE_SIZE);
}

/* The page at `index`, referenced, or NULL. */
static struct frame *page_find_locked(struct memobj *object, uint64_t index)
{
	struct frame *frame = radix_get(&object->pages, index);

	assert_held(&object->lock);
	if (frame)
		frame_get(frame);
	return frame;
}

/* Puts `fresh` at `index`, which takes its reference over, or finds that somebody else was faster.
 * The page that is there then, referenced; NULL: no memory. */
static struct frame *page_insert_locked(struct memobj *object, uint64_t index, struct frame *fresh)
{
	struct frame *other = page_find_locked(object, index);

	if (other)
		return other;
	if (radix_set(&object->pages, index, fresh))
		return NULL;
	object->page_count++;
	frame_get(fresh);
	return fresh;
}

/* memobj_page(); `beyond`: pages beyond the size can be made too (by a write that will grow it). */
static int page_get(struct memobj *object, uint64_t index, bool create, bool beyond,
		    struct frame **frame)
{
	struct frame *fresh;
	int rc = -ENXIO;

	spin_lock(&object->lock);
	*frame = NULL;
	if (beyond || index < page_limit(object)) {
		*frame = page_find_locked(object, index);
		rc = *frame ? 0 : -ENOENT;
	}
	spin_unlock(&object->lock);
	if (rc != -ENOENT || !create)
		return rc;
	if (object->of_file && frames_are_scarce())
		return -ENOSPC;

	/* Made without the lock, which would keep preemption off while a page is cleared. */
	fresh = frame_alloc(0, FRAME_ZERO);
	if (!fresh)
		return -ENOMEM;
	rc = -ENXIO;
	spin_lock(&object->lock);
	if (beyond || index < page_limit(object)) {
		*frame = page_insert_locked(object, index, fresh);
		rc = *frame ? 0 : -ENOMEM;
	}
	spin_unlock(&object->lock);
	if (*frame != fresh)
		frame_put(fresh);
	return rc;
}

int memobj_page(struct memobj *object, uint64_t index, bool create, struct frame **frame)
{
	return page_get(object, index, create, false, frame);
}

uint64_t memobj_shrinks(struct memobj *object)
{
	/* acquire: the page that is fetched after this is not older */
	return atomic_load_explicit(&object->shrinks, memory_order_acquire);
}

/* Clears what a mapping may have left behind the end of the bytes, in the page that holds the
 * end. */
static void clear_tail_locked(struct memobj *object, uint64_t end)
{
	struct frame *frame = radix_get(&object->pages, end / PAGE_SIZE);
	size_t offset = end % PAGE_SIZE;

	if (offset != 0 && frame)
		memset((char *)frame_vaddr(frame) + offset, 0, PAGE_SIZE - offset);
}

/* Takes the pages beyond the size out, into `frames`. */
static void detach_pages_locked(struct memobj *object, struct list *frames)
{
	radix_remove_from(&object->pages, page_limit(object), frame_to_list, frames);
	object->page_count -= list_length(frames);
	/* release: who sees the new count sees the pages gone */
	atomic_fetch_add_explicit(&object->shrinks, 1, memory_order_release);
}

int memobj_resize(struct memobj *object, uint64_t size)
{
	struct list frames;
	bool shrinks;

	if (size > INT64_MAX)
		return -EFBIG;
	list_init(&frames);
	memobj_freeze_mappings(object);
	spin_lock(&object->lock);
	shrinks = size < object->size;
	clear_tail_locked(object, MIN(size, object->size));
	object->size = size;
	if (shrinks)
		detach_pages_locked(object, &frames);
	spin_unlock(&object->lock);

	/* Even without frames of the object: private copies of its pages go with them. */
	if (shrinks)
		list_for_each(node, &object->regions)
			region_unmap_object_from(container_of(node, struct region, object_node),
						 DIV_ROUND_UP(size, PAGE_SIZE));
	memobj_thaw_mappings(object);
	frames_put(&frames);
	return 0;
}

uint64_t memobj_size(struct memobj *object)
{
	uint64_t size;

	spin_lock(&object->lock);
	size = object->size;
	spin_unlock(&object->lock);
	return size;
}

size_t memobj_pages(struct memobj *object)
{
	size_t count;

	spin_lock(&object->lock);
	count = object->page_count;
	spin_unlock(&object->lock);
	return count;
}

/* ---- Mappings ---- */

/* Who waits for a thaw has the freezer then, so that nobody freezes them again before its turn. */
void memobj_lock_mappings(struct memobj *object)
{
	spin_lock(&object->mappings_lock);
	if (!object->mappings_frozen)
		return;
	spin_unlock(&object->mappings_lock);
	mutex_lock(&object->freezer);
	spin_lock(&object->mappings_lock);
	ASSERT(!object->mappings_frozen); /* only the freezer's owner freezes, and that is us */
	mutex_unlock(&object->freezer);
}

void memobj_unlock_mappings(struct memobj *object)
{
	spin_unlock(&object->mappings_lock);
}

static void set_frozen(struct memobj *object, bool frozen)
{
	spin_lock(&object->mappings_lock);
	object->mappings_frozen = frozen;
	spin_unlock(&object->mappings_lock);
}

void memobj_freeze_mappings(struct memobj *object)
{
	mutex_lock(&object->freezer);
	set_frozen(object, true);
}

void memobj_thaw_mappings(struct memobj *object)
{
	set_frozen(object, false);
	mutex_unlock(&object->freezer);
}

bool memobj_mappings_frozen(const struct memobj *object)
{
	return mutex_held(&object->freezer);
}

/* ---- Bytes ---- */

/* From `offset` to the end of its page. */
static size_t left_in_page(uint64_t offset)
{
	return PAGE_SIZE - offset % PAGE_SIZE;
}

/* Copies `bytes`, which do not cross a page. */
static ssize_t read_piece(struct memobj *object, uint64_t offset, struct uio *to, size_t bytes)
{
	struct frame *frame;
	ssize_t copied;
	int rc;

	rc = memobj_page(object, offset / PAGE_SIZE, false, &frame);
	if (rc == -ENOENT)
		return uio_fill_zero(to, bytes);
	if (rc)
		return rc == -ENXIO ? 0 : rc; /* cut off meanwhile: the end */
	copied = uio_copy_out(to, (char *)frame_vaddr(frame) + offset % PAGE_SIZE, bytes);
	frame_put(frame);
	return copied;
}

ssize_t memobj_read(struct memobj *object, uint64_t offset, struct uio *to)
{
	ssize_t done = 0;

	while (to->left > 0) {
		uint64_t size = memobj_size(object);
		size_t wanted = MIN(to->left, left_in_page(offset));
		ssize_t copied;

		if (offset >= size)
			break;
		wanted = MIN(wanted, size - offset);
		copied = read_piece(object, offset, to, wanted);
		if (copied < 0)
			return done > 0 ? done : copied;
		done += copied;
		offset += copied;
		if ((size_t)copied < wanted)
			break;
	}
	return done;
}

/* The bytes up to `end` are there now. */
static void grow_to(struct memobj *object, uint64_t end)
{
	spin_lock(&object->lock);
	object->size = MAX(object->size, end);
	spin_unlock(&object->lock);
}

/* A write that failed may have made a page beyond the size: takes it away again. */
static void trim(struct memobj *object)
{
	struct list frames;

	list_init(&frames);
	spin_lock(&object->lock);
	detach_pages_locked(object, &frames);
	spin_unlock(&object->lock);
	frames_put(&frames);
}

static ssize_t write_piece(struct memobj *object, uint64_t offset, struct uio *from, size_t bytes)
{
	struct frame *frame;
	ssize_t copied;
	int rc;

	rc = page_get(object, offset / PAGE_SIZE, true, true, &frame);
	if (rc)
		return rc;
	copied = uio_copy_in(from, (char *)frame_vaddr(frame) + offset % PAGE_SIZE, bytes);
	frame_put(frame);
	if (copied > 0)
		grow_to(object, offset + copied);
	else
		trim(object);
	return copied;
}

ssize_t memobj_write(struct memobj *object, uint64_t offset, struct uio *from)
{
	ssize_t done = 0;

	if (offset > INT64_MAX || from->left > INT64_MAX - offset)
		return -EFBIG;
	spin_lock(&object->lock);
	if (offset > object->size)
		clear_tail_locked(object, object->size);
	spin_unlock(&object->lock);

	while (from->left > 0) {
		size_t wanted = MIN(from->left, left_in_page(offset));
		ssize_t copied = write_piece(object, offset, from, wanted);

		if (copied < 0)
			return done > 0 ? done : copied;
		done += copied;
		offset += copied;
		if ((size_t)copied < wanted)
			break;
	}
	return done;
}
