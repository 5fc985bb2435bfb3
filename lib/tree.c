/* SPDX-License-Identifier: MIT */
/*
 * AVL tree. See lib/tree.h for the contract.
 *
 * All of the balancing is rebalance_from(): after an insertion or a removal below `node`, walk up
 * until a subtree is as high as before; at each node recompute the height, and where one side has
 * become three higher than the other, lift that side by one rotation (two, when its inner half is
 * the higher one).
 *
 *	        n                 l
 *	       / \    right      / \
 *	      l   C   ---->     A   n
 *	     / \      <----        / \
 *	    A   B     left        B   C
 */
#include "lib/tree.h"

#define PLAY 2 /* by which the heights of a node's subtrees may differ */

static int height(const struct tree_node *node)
{
	return node ? node->height : 0;
}

static void set_height(struct tree_node *node)
{
	node->height = 1 + MAX(height(node->left), height(node->right));
}

/* Makes what `node` knows of its subtree right, given that its children's is. */
static void refresh(struct tree *tree, struct tree_node *node)
{
	set_height(node);
	if (tree->update)
		tree->update(node);
}

/* The link that points at `node`: in its parent, or the root. */
static struct tree_node **link_of(struct tree *tree, struct tree_node *node)
{
	if (!node->parent)
		return &tree->root;
	return node->parent->left == node ? &node->parent->left : &node->parent->right;
}

/* Makes `link`, a link of `parent`, point at `child`, which may be NULL. */
static void attach(struct tree_node **link, struct tree_node *parent, struct tree_node *child)
{
	*link = child;
	if (child)
		child->parent = parent;
}

/* Lifts node->left above `node`; returns it. */
static struct tree_node *rotate_right(struct tree *tree, struct tree_node *node)
{
	struct tree_node *top = node->left;

	attach(link_of(tree, node), node->parent, top);
	attach(&node->left, node, top->right);
	attach(&top->right, top, node);
	refresh(tree, node);
	refresh(tree, top);
	return top;
}

/* Lifts node->right above `node`; returns it. */
static struct tree_node *rotate_left(struct tree *tree, struct tree_node *node)
{
	struct tree_node *top = node->right;

	attach(link_of(tree, node), node->parent, top);
	attach(&node->right, node, top->left);
	attach(&top->left, top, node);
	refresh(tree, node);
	refresh(tree, top);
	return top;
}

/* Lifts the higher side of `node` above it; returns the top. Out of line: the walk keeps fewer
 * registers then, and most walks rotate nothing. */
static __attribute__((noinline)) struct tree_node *lift_higher(struct tree *tree,
							       struct tree_node *node)
{
	if (height(node->left) > height(node->right)) {
		if (height(node->left->left) < height(node->left->right))
			rotate_left(tree, node->left);
		return rotate_right(tree, node);
	}
	if (height(node->right->right) < height(node->right->left))
		rotate_right(tree, node->right);
	return rotate_left(tree, node);
}

static void rebalance_from(struct tree *tree, struct tree_node *node)
{
	for (; node; node = node->parent) {
		int before = node->height, left = height(node->left), right = height(node->right);

		if (left > right + PLAY || right > left + PLAY)
			node = lift_higher(tree, node);
		else
			node->height = 1 + MAX(left, right);
		if (node->height == before)
			break;
	}
}

void tree_insert(struct tree *tree, struct tree_node *node, struct tree_node *parent,
		 struct tree_node **link)
{
	node->left = NULL;
	node->right = NULL;
	attach(link, parent, node);
	node->parent = parent;
	node->height = 1;
	rebalance_from(tree, parent);
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
	struct tree_node *lowest_changed;

	if (node->left && node->right) {
		/* The next in order has no left child: it leaves its place and takes this one. */
		struct tree_node *heir = tree_next(node);

		lowest_changed = heir->parent == node ? heir : heir->parent;
		attach(link_of(tree, heir), heir->parent, heir->right);
		attach(&heir->left, heir, node->left);
		attach(&heir->right, heir, node->right);
		attach(link_of(tree, node), node->parent, heir);
		heir->height = node->height;
		if (tree->update)
			tree->update(heir);
	} else {
		lowest_changed = node->parent;
		attach(link_of(tree, node), node->parent, node->left ? node->left : node->right);
	}
	rebalance_from(tree, lowest_changed);
	tree_node_init(node);
}

static struct tree_node *leftmost(struct tree_node *node)
{
	while (node && node->left)
		node = node->left;
	return node;
}

static struct tree_node *rightmost(struct tree_node *node)
{
	while (node && node->right)
		node = node->right;
	return node;
}

struct tree_node *tree_first(const struct tree *tree)
{
	return leftmost(tree->root);
}

struct tree_node *tree_last(const struct tree *tree)
{
	return rightmost(tree->root);
}

struct tree_node *tree_next(const struct tree_node *node)
{
	if (node->right)
		return leftmost(node->right);
	while (node->parent && node->parent->right == node)
		node = node->parent;
	return node->parent;
}

struct tree_node *tree_prev(const struct tree_node *node)
{
	if (node->left)
		return rightmost(node->left);
	while (node->parent && node->parent->left == node)
		node = node->parent;
	return node->parent;
}
