/* SPDX-License-Identifier: MIT */
/*
 * A memory object: pages by index, in frames, made on demand. tmpfs files, shared anonymous memory and POSIX shared
 * memory are memory objects; mapping one maps its very frames. Private anonymous memory needs none: its
 * pages live in the page table only.
 */
#ifndef VM_MEMOBJ_H
#define VM_MEMOBJ_H

#include "base/refcount.h"
#include "base/spinlock.h"
#include "mm/frame.h"
#include "mm/uio.h"

struct memobj {
	struct refcount references;
	struct spinlock lock;
	/* [lock] */
	uint64_t size;       /* bytes; pages wholly beyond it do not exist (a mapping gets SIGBUS) */
	struct radix *pages; /* index → frame; memobj.c */
	size_t page_count;
};

struct memobj *memobj_create(uint64_t size); /* NULL: no memory */
void memobj_get(struct memobj *object);
void memobj_put(struct memobj *object);

/* The frame of page `index`, with a reference for the caller. `create`: a missing page is made (zeroed). -ENOMEM; -ENOENT:
 * a hole and not to be created; -ENXIO: beyond the size. Does not sleep. */
int must_check memobj_page(struct memobj *object, uint64_t index, bool create, struct frame **frame);

/* Bytes through the pages, for files. Read stops at the size; write grows it. Return bytes done or -errno when none was. May sleep. */
ssize_t must_check memobj_read(struct memobj *object, uint64_t offset, struct uio *to);
ssize_t must_check memobj_write(struct memobj *object, uint64_t offset, struct uio *from);
/* Sets the size, freeing pages beyond and zeroing the tail of the last. Mappings of freed pages are removed first by
 * the caller through memobj_unmap_hook (vm keeps the list of regions that map the object). */
int must_check memobj_resize(struct memobj *object, uint64_t size);
uint64_t memobj_size(struct memobj *object);
size_t memobj_pages(struct memobj *object); /* frames held */

#endif
