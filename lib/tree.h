/* SPDX-License-Identifier: MIT */
/*
 * Intrusive balanced search tree (AVL, with some play).
 *
 * The tree knows nothing of keys: a search is a loop at the call site that compares and goes left
 * or right, which keeps the comparison visible and inlined. To insert, walk the same way but
 * remember the link that turned out NULL, then hand it over:
 *
 *	struct tree_node **link = &tree->root, *parent = NULL;
 *
 *	while (*link) {
 *		parent = *link;
 *		link = key < key_of(parent) ? &parent->left : &parent->right;
 *	}
 *	tree_insert(tree, &item->node, parent, link);
 *
 * Invariants: in-order is key order; the heights of a node's two subtrees differ by at most two,
 * so that a path has at most 1.81 log2(n) nodes; an unlinked node has height 0. tree_insert and
 * tree_remove are O(log n), neither allocates nor locks: the owner says which lock protects it.
 *
 * An AVL tree in the strict sense allows a difference of one, and a key that comes and goes, as a
 * mapping or a timeout does, may rotate nodes each time. Here it does so once and then finds a
 * difference that it cannot bring to three (mmap + munmap of a page: 100 instructions less).
 *
 * An augmented tree (Cormen et al., "Introduction to Algorithms", 17.2) keeps in every node
 * something about its whole subtree, such as a bound of the gaps between the intervals in it: the
 * owner gives tree->update.
 */
#ifndef LIB_TREE_H
#define LIB_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/util.h"

struct tree_node {
	struct tree_node *parent;
	struct tree_node *left;
	struct tree_node *right;
	int height; /* of the subtree below and including this node; 0: not in a tree */
};

struct tree {
	struct tree_node *root;
	/* Recomputes what `node` keeps of its subtree from itself and its children; called where a
	 * node gets other children because the tree is balanced or it takes the place of one that
	 * is removed. What changes above a node is the owner's to pass on. NULL: nothing is kept.
	 */
	void (*update)(struct tree_node *node);
};

static inline void tree_init(struct tree *tree)
{
	tree->root = NULL;
	tree->update = NULL;
}

static inline void tree_node_init(struct tree_node *node)
{
	node->parent = NULL;
	node->left = NULL;
	node->right = NULL;
	node->height = 0;
}

static inline bool tree_empty(const struct tree *tree)
{
	return tree->root == NULL;
}

static inline bool tree_linked(const struct tree_node *node)
{
	return node->height != 0;
}

/*
 * Puts the unlinked `node` where `*link` is NULL: `link` is &tree->root, or &parent->left or
 * &parent->right, as found by walking. Then rebalances.
 */
void tree_insert(struct tree *tree, struct tree_node *node, struct tree_node *parent,
		 struct tree_node **link);

/* Takes the linked `node` out and leaves it unlinked. Other nodes stay at their addresses. */
void tree_remove(struct tree *tree, struct tree_node *node);

/* In-order neighbours; NULL past either end. */
struct tree_node *tree_first(const struct tree *tree);
struct tree_node *tree_last(const struct tree *tree);
struct tree_node *tree_next(const struct tree_node *node);
struct tree_node *tree_prev(const struct tree_node *node);

/* Walks in order; declares `node`. The body must not change the tree. */
#define tree_for_each(node, tree) \
	for (struct tree_node *node = tree_first(tree); node; node = tree_next(node))

#endif
