/* SPDX-License-Identifier: MIT */
/*
 * Small objects. One cache per type that is made often, and kmalloc for the rest. Checked builds poison
 * freed memory, see double frees, and know writes after free at the next allocation.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include "arch/types.h"
#include "base/spinlock.h"
#include "lib/list.h"

struct slab_cache {
	const char *name;
	size_t object_size;
	size_t alignment;
	/* the rest is slab.c's */
	struct spinlock lock;
	struct list partial, full, empty;
	size_t objects_per_slab;
	unsigned order;
	_Atomic size_t objects_in_use;
	struct list_node caches_node;
	struct slab_magazine
		*magazines; /* one per CPU: objects free on that CPU, taken without the lock */
	uint16_t class;
};

/* Never freed: caches are static objects of the rooms that own them. */
void slab_cache_init(struct slab_cache *cache, const char *name, size_t object_size,
		     size_t alignment);
/* An object with undefined content, or NULL. Never sleeps; any context but NMI. */
void *slab_alloc(struct slab_cache *cache) __attribute__((malloc));
void slab_free(struct slab_cache *cache, void *object);

void slab_init(void);
/* Any size up to 4 MiB; 16-byte aligned, page-aligned from a page up. NULL: no memory. */
void *kmalloc(size_t bytes) __attribute__((malloc, alloc_size(1)));
void *kzalloc(size_t bytes) __attribute__((malloc, alloc_size(1)));
void kfree(void *memory); /* NULL is allowed */
char *kstrdup(const char *text);

/* Objects in use over all caches, kmalloc included; for the leak checks. */
size_t slab_objects(void);
/* Gives empty slabs and the per-CPU magazines back. Thread context. */
void slab_drain(void);

#endif
