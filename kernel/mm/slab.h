/* SPDX-License-Identifier: MIT */
/*
 * Small objects. One cache per type that is made often, and kmalloc for the rest. Checked builds
 * poison freed memory, see double frees, and know writes after free at the next allocation.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include "arch/types.h"
#include "base/spinlock.h"
#include "lib/list.h"

#define SLAB_OBJECT_MAX 2048
#define KMALLOC_MAX     (4UL << 20)

struct slab_cache {
	/* const after slab_cache_init() */
	const char *name;
	size_t object_size; /* bytes from one object to the next */
	size_t first_offset;
	size_t objects_per_slab;
	unsigned order; /* of a slab's frames */
	unsigned index; /* among all caches */
	struct spinlock lock;
	/* [lock] */
	struct list partial, full, empty; /* slabs, by how many of their objects are out */
	size_t empty_count;
	size_t objects_out; /* of the slabs: in use or in magazines */
};

/* Caches are static objects of the rooms that own them and are never destroyed. object_size is at
 * most SLAB_OBJECT_MAX; alignment is a power of two up to that, 0 for 16. After slab_init(); boot
 * only. */
void slab_cache_init(struct slab_cache *cache, const char *name, size_t object_size,
		     size_t alignment);
/* An object with undefined content, or NULL. Never sleeps; any context but NMI. */
void *slab_alloc(struct slab_cache *cache) __attribute__((malloc));
/* Any context but NMI. */
void slab_free(struct slab_cache *cache, void *object);

/* After frame_init(). */
void slab_init(void);
/* Up to KMALLOC_MAX bytes; 16-byte aligned, page-aligned from a page up. NULL: no memory. Any
 * context but NMI. */
void *kmalloc(size_t bytes) __attribute__((malloc, alloc_size(1)));
void *kzalloc(size_t bytes) __attribute__((malloc, alloc_size(1)));
void kfree(void *memory); /* NULL is allowed */
/* A copy in memory of kmalloc(), or NULL. */
char *kstrdup(const char *text);

/* Objects in use over all caches, kmalloc included; for the leak checks. Exact while nobody
 * allocates. */
size_t slab_objects(void);
/* Frames that slabs consist of. The same objects may lie in more or fewer of them, depending on
 * what was freed between. */
size_t slab_frames(void);
/* Gives the per-CPU magazines and then empty slabs back. Thread context. */
void slab_drain(void);

#endif
