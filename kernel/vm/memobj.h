/* SPDX-License-Identifier: MIT */
/*
 * A memory object: pages by index, in frames, made on demand. tmpfs files, shared anonymous memory
 * and POSIX shared memory are memory objects; mapping one maps its very frames. Private anonymous
 * memory needs none: its pages live in the page table only.
 */
#ifndef VM_MEMOBJ_H
#define VM_MEMOBJ_H

#include "base/refcount.h"
#include "base/spinlock.h"
#include "mm/frame.h"
#include "mm/uio.h"
#include "sync/mutex.h"
#include "vm/radix.h"

struct memobj {
	struct refcount references;
	bool of_file; /* const once shared: the last frames are not for it (frames_are_scarce()) */
	uint64_t id;  /* const; no other object ever has or had it */
	struct spinlock lock;
	/* [lock] */
	uint64_t size;      /* bytes; pages wholly beyond it do not exist (a mapping gets SIGBUS) */
	struct radix pages; /* index → frame, one reference each */
	size_t page_count;
	/* [lock to change, atomic to read] how often pages were taken away; see memobj_shrinks() */
	_Atomic uint64_t shrinks;

	/* The mappings: struct region by object_node, in the order in which they came;
	 * memobj_resize() goes through them in this order, and fork relies on it. A program's file
	 * has those of all processes that run it, and each adds and removes its own: for a moment,
	 * under mappings_lock. Who is at them for long, and may sleep, freezes them instead: while
	 * they are frozen a region that is here does not change its place, and its address space's
	 * page table stays. */
	struct list regions;           /* [mappings_lock to change, freezer or it to read] */
	struct spinlock mappings_lock; /* taken by memobj_lock_mappings() */
	struct mutex freezer;          /* who has them frozen */
	bool mappings_frozen;          /* [mappings_lock] */
};

void memobj_init(void);
struct memobj *memobj_create(uint64_t size); /* NULL: no memory */
void memobj_get(struct memobj *object);
void memobj_put(struct memobj *object); /* thread context */

/* The frame of page `index`, with a reference for the caller. `create`: a missing page is made
 * (zeroed). -ENOMEM; -ENOSPC: the file may have no more; -ENOENT: a hole and not to be created;
 * -ENXIO: beyond the size. Does not sleep. */
int must_check memobj_page(struct memobj *object, uint64_t index, bool create,
			   struct frame **frame);

/* Changes whenever pages are taken away. Who maps a page reads it before memobj_page() and again,
 * under the table lock, before the page is installed: if it changed, the page may be gone. The
 * resize looks for mappings, under that table lock, after it changed this. */
uint64_t memobj_shrinks(struct memobj *object);

/* Bytes through the pages, for files. Read stops at the size; write grows it. Return bytes done or
 * -errno when none was. May sleep; the caller keeps two writes of one object apart where they must
 * not mix. */
ssize_t must_check memobj_read(struct memobj *object, uint64_t offset, struct uio *to);
ssize_t must_check memobj_write(struct memobj *object, uint64_t offset, struct uio *from);
/* Sets the size, freeing pages beyond, out of every mapping too, and zeroing the tail of the last.
 * May sleep; freezes the mappings and takes their table locks. -EFBIG. */
int must_check memobj_resize(struct memobj *object, uint64_t size);
uint64_t memobj_size(struct memobj *object);
size_t memobj_pages(struct memobj *object); /* frames held */

/* Around what adds, removes or changes a mapping of the object. May sleep on entry, while they are
 * frozen, and holds a spinlock until they are unlocked. */
void memobj_lock_mappings(struct memobj *object);
void memobj_unlock_mappings(struct memobj *object);
/* From the one to the other only the caller changes mappings. May sleep. */
void memobj_freeze_mappings(struct memobj *object);
void memobj_thaw_mappings(struct memobj *object);
bool memobj_mappings_frozen(const struct memobj *object); /* by the caller */

#endif
