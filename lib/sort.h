/* SPDX-License-Identifier: MIT */
/* Sorting and searching of arrays, in place and without allocation. */
#ifndef LIB_SORT_H
#define LIB_SORT_H

#include <stddef.h>

typedef int (*sort_compare)(const void *a, const void *b);

/*
 * Sorts `count` elements of `size` bytes by `compare` (negative, 0, positive as strcmp). Heap
 * sort: O(n log n) always, no recursion, not stable.
 */
void array_sort(void *base, size_t count, size_t size, sort_compare compare);

/* An element that compares equal to `key` in a sorted array, or NULL. */
void *array_search(const void *key, const void *base, size_t count, size_t size,
		   sort_compare compare);

#endif
