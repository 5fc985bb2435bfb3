/* SPDX-License-Identifier: MIT */
/*
 * Lists, trees and sorting: random operations, after each of which the structure is compared with
 * a plain array and its invariants are checked.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/list.h"
#include "lib/sort.c"
#include "lib/tree.c"
#include "tests/host/random.h"

#define ITEMS  300
#define ROUNDS 60000

struct item {
	int key;
	struct tree_node tree_node;
	struct list_node list_node;
};

static struct item items[ITEMS];

static struct item *item_of(struct tree_node *node)
{
	return container_of(node, struct item, tree_node);
}

static void insert(struct tree *tree, struct item *item)
{
	struct tree_node **link = &tree->root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = item->key < item_of(parent)->key ? &parent->left : &parent->right;
	}
	tree_insert(tree, &item->tree_node, parent, link);
}

/* Checks parents, heights and balance below `node`; returns the height. */
static int check_subtree(const struct tree_node *node, const struct tree_node *parent, int *count)
{
	int left, right;

	if (!node)
		return 0;
	++*count;
	assert(node->parent == parent);
	left = check_subtree(node->left, node, count);
	right = check_subtree(node->right, node, count);
	assert(left - right <= 2 && right - left <= 2);
	assert(node->height == 1 + (left > right ? left : right));
	return node->height;
}

static void check_tree(const struct tree *tree, int expected_count)
{
	const struct tree_node *previous = NULL;
	int count = 0, walked = 0;

	check_subtree(tree->root, NULL, &count);
	assert(count == expected_count);
	assert(tree_empty(tree) == (count == 0));
	tree_for_each(node, tree)
	{
		assert(tree_prev(node) == previous);
		assert(!previous ||
		       item_of((struct tree_node *)previous)->key <= item_of(node)->key);
		previous = node;
		walked++;
	}
	assert(walked == count);
	assert(tree_last(tree) == previous);
}

static void test_tree(void)
{
	struct tree tree;
	int count = 0;

	tree_init(&tree);
	for (int round = 0; round < ROUNDS; round++) {
		/* Fill and empty in turns; keys repeat, and sometimes come in order. */
		bool filling = round / 1000 % 2 == 0;
		struct item *item = &items[random_below(ITEMS)];

		if (!tree_linked(&item->tree_node) && (filling || random_below(4) == 0)) {
			item->key = round / 2000 % 2 ? round : (int)random_below(200);
			insert(&tree, item);
			assert(tree_linked(&item->tree_node));
			count++;
		} else if (tree_linked(&item->tree_node)) {
			tree_remove(&tree, &item->tree_node);
			assert(!tree_linked(&item->tree_node));
			count--;
		}
		if (round % 16 == 0)
			check_tree(&tree, count);
	}
}

/* The list must be the items whose numbers are in order[0 .. count). */
static void check_list(const struct list *list, const int *order, size_t count)
{
	size_t i = 0;

	list_for_each(node, list) {
		assert(node == &items[order[i]].list_node);
		assert(node->next->prev == node && node->prev->next == node);
		i++;
	}
	assert(i == count && list_length(list) == count);
	assert(list_empty(list) == (count == 0));
	assert(list_first(list) == (count ? &items[order[0]].list_node : NULL));
	assert(list_last(list) == (count ? &items[order[count - 1]].list_node : NULL));
}

static void insert_at(int *order, size_t *count, size_t at, int value)
{
	memmove(order + at + 1, order + at, (*count - at) * sizeof(*order));
	order[at] = value;
	++*count;
}

static void remove_at(int *order, size_t *count, size_t at)
{
	--*count;
	memmove(order + at, order + at + 1, (*count - at) * sizeof(*order));
}

static void test_list(void)
{
	struct list list, other;
	int order[ITEMS];
	size_t count = 0;

	list_init(&list);
	list_init(&other);
	for (int round = 0; round < ROUNDS / 4; round++) {
		int number = (int)random_below(20);
		struct list_node *node = &items[number].list_node;
		size_t at = 0;

		if (list_linked(node)) {
			while (order[at] != number)
				at++;
			list_remove(node);
			remove_at(order, &count, at);
		} else if (random_below(2)) {
			list_push_front(&list, node);
			insert_at(order, &count, 0, number);
		} else {
			list_push_back(&list, node);
			insert_at(order, &count, count, number);
		}
		if (random_below(8) == 0) {
			node = list_pop_front(&list);
			assert(node == (count ? &items[order[0]].list_node : NULL));
			if (count)
				remove_at(order, &count, 0);
		}
		check_list(&list, order, count);
		list_splice(&other, &list);
		check_list(&list, order, 0);
		check_list(&other, order, count);
		list_splice(&list, &other);
	}
	list_for_each_safe(node, &list)
		list_remove(node);
	check_list(&list, order, 0);
}

static int compare_ints(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void test_sort(void)
{
	int actual[200], expected[200];

	for (int round = 0; round < 2000; round++) {
		size_t count = random_below(200);

		for (size_t i = 0; i < count; i++)
			actual[i] = expected[i] = (int)random_below(round % 2 ? 10 : 100000);
		array_sort(actual, count, sizeof(int), compare_ints);
		qsort(expected, count, sizeof(int), compare_ints);
		assert(memcmp(actual, expected, count * sizeof(int)) == 0);
		for (int key = -1; key < 12; key++) {
			int *found = array_search(&key, actual, count, sizeof(int), compare_ints);
			int *host = bsearch(&key, expected, count, sizeof(int), compare_ints);

			assert(!found == !host);
			assert(!found || *found == key);
		}
	}
}

int main(void)
{
	random_start();
	test_tree();
	test_list();
	test_sort();
	return 0;
}
