/* SPDX-License-Identifier: MIT */
/*
 * A node has 64 slots; those of the lowest level hold items, those above hold nodes. The tree is as
 * high as its largest index asks, and a file of one page needs no node at all.
 *
 * Entry points: radix_get(), radix_set(), radix_remove_from().
 */
#include "vm/radix.h"

#include "base/assert.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "lib/util.h"
#include "mm/slab.h"

#define NODE_BITS  6
#define NODE_SLOTS (1U << NODE_BITS)
#define HEIGHT_MAX DIV_ROUND_UP(64, NODE_BITS)

struct radix_node {
	unsigned used; /* slots that are not NULL */
	void *slots[NODE_SLOTS];
};

static struct slab_cache node_cache;

void radix_init(void)
{
	slab_cache_init(&node_cache, "radix node", sizeof(struct radix_node), 0);
}

/* Which slot of a node whose items' indices differ in the bits below `shift` + NODE_BITS. */
static unsigned slot_of(uint64_t index, unsigned height)
{
	return (index >> ((height - 1) * NODE_BITS)) & (NODE_SLOTS - 1);
}

static bool holds(unsigned height, uint64_t index)
{
	return height >= HEIGHT_MAX || index >> (height * NODE_BITS) == 0;
}

void *radix_get(const struct radix *tree, uint64_t index)
{
	void *item = tree->root;

	if (!holds(tree->height, index))
		return NULL;
	for (unsigned height = tree->height; height > 0 && item; height--)
		item = ((struct radix_node *)item)->slots[slot_of(index, height)];
	return item;
}

static struct radix_node *node_create(void)
{
	struct radix_node *node = slab_alloc(&node_cache);

	return node ? memset(node, 0, sizeof(*node)) : NULL;
}

/* Puts nodes above the root until `index` fits. */
static int grow(struct radix *tree, uint64_t index)
{
	while (!holds(tree->height, index)) {
		if (tree->root) {
			struct radix_node *node = node_create();

			if (!node)
				return -ENOMEM;
			node->slots[0] = tree->root;
			node->used = 1;
			tree->root = node;
		}
		tree->height++;
	}
	return 0;
}

int radix_set(struct radix *tree, uint64_t index, void *item)
{
	struct radix_node *parent = NULL;
	void **slot = &tree->root;

	if (grow(tree, index))
		return -ENOMEM;
	for (unsigned height = tree->height; height > 0; height--) {
		if (!*slot) {
			struct radix_node *node = node_create();

			/* Empty nodes that were made above stay: radix_remove_from() takes them. */
			if (!node)
				return -ENOMEM;
			*slot = node;
			if (parent)
				parent->used++;
		}
		parent = *slot;
		slot = &parent->slots[slot_of(index, height)];
	}
	ASSERT(!*slot);
	*slot = item;
	if (parent)
		parent->used++;
	return 0;
}

struct removal {
	void (*removed)(void *item, void *argument);
	void *argument;
};

/* Removes what lies at `first` and above in the subtree at *slot, counting from the subtree's own
 * start. */
static void remove_below(void **slot, unsigned height, uint64_t first,
			 const struct removal *removal)
{
	struct radix_node *node = *slot;
	unsigned start;

	if (!node)
		return;
	if (height == 0) {
		*slot = NULL;
		removal->removed(node, removal->argument);
		return;
	}
	start = slot_of(first, height);
	for (unsigned i = start; i < NODE_SLOTS; i++) {
		uint64_t inner = i == start ? first & (BIT((height - 1) * NODE_BITS) - 1) : 0;

		if (!node->slots[i])
			continue;
		remove_below(&node->slots[i], height - 1, inner, removal);
		if (!node->slots[i])
			node->used--;
	}
	if (node->used == 0) {
		slab_free(&node_cache, node);
		*slot = NULL;
	}
}

void radix_remove_from(struct radix *tree, uint64_t first,
		       void (*removed)(void *item, void *argument), void *argument)
{
	const struct removal removal = {removed, argument};

	if (holds(tree->height, first))
		remove_below(&tree->root, tree->height, first, &removal);
	if (!tree->root)
		tree->height = 0;
}
