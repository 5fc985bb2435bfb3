/* SPDX-License-Identifier: MIT */
/*
 * Heap sort. The array is seen as a binary tree (the children of i are 2i+1 and 2i+2) in which no
 * child is greater than its parent; so the greatest is at the root. Swap it to the end, shorten
 * the tree by one, let the new root sink to its place, and so on.
 */
#include "lib/sort.h"

static void swap(char *a, char *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char saved = a[i];

		a[i] = b[i];
		b[i] = saved;
	}
}

/* Restores the heap below `root` in the first `count` elements. */
static void sink(char *base, size_t root, size_t count, size_t size, sort_compare compare)
{
	for (size_t child; (child = 2 * root + 1) < count; root = child) {
		if (child + 1 < count &&
		    compare(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (compare(base + root * size, base + child * size) >= 0)
			return;
		swap(base + root * size, base + child * size, size);
	}
}

void array_sort(void *base, size_t count, size_t size, sort_compare compare)
{
	for (size_t root = count / 2; root-- > 0;)
		sink(base, root, count, size, compare);
	for (size_t end = count; end > 1; end--) {
		swap(base, (char *)base + (end - 1) * size, size);
		sink(base, 0, end - 1, size, compare);
	}
}

void *array_search(const void *key, const void *base, size_t count, size_t size,
		   sort_compare compare)
{
	const char *low = base;

	while (count > 0) {
		const char *middle = low + count / 2 * size;
		int order = compare(key, middle);

		if (order == 0)
			return (void *)middle;
		if (order > 0) {
			low = middle + size;
			count -= count / 2 + 1;
		} else {
			count /= 2;
		}
	}
	return NULL;
}
