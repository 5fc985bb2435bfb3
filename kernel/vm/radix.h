/* SPDX-License-Identifier: MIT */
/*
 * A radix tree: from an index (a page number) to a pointer, O(log of the largest index), holes cost
 * nothing. The owner's lock protects it.
 */
#ifndef VM_RADIX_H
#define VM_RADIX_H

#include "arch/types.h"

struct radix {
	void *root;      /* height 0: the item of index 0; else a node of 64 slots */
	unsigned height; /* levels of nodes: indices below 64^height can be held */
};

/* After slab_init(). */
void radix_init(void);

/* The item at `index`, or NULL. */
void *radix_get(const struct radix *tree, uint64_t index);
/* Puts an item where there is none. -ENOMEM: the tree is as before, but for room made. Does not
 * sleep. */
int must_check radix_set(struct radix *tree, uint64_t index, void *item);
/* Takes out every item at `first` and above, in order, and frees the nodes that become empty. */
void radix_remove_from(struct radix *tree, uint64_t first,
		       void (*removed)(void *item, void *argument), void *argument);

#endif
