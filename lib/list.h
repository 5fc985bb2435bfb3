/* SPDX-License-Identifier: MIT */
/*
 * Intrusive doubly linked list.
 *
 * A `struct list` is a ring through its own head, so that no operation has a special case for
 * the first, last or only node. A `struct list_node` is embedded in what is listed and is either
 * on exactly one list or unlinked (`next` is NULL, as in zeroed memory).
 *
 *       list.head <-> node A <-> node B <-> (back to head)
 *
 * Every operation is O(1) except list_length(). Nothing here locks: the owner of the list says
 * which lock protects it. From a node to its struct: container_of() in lib/util.h.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/util.h"

struct list_node {
	struct list_node *prev;
	struct list_node *next;
};

struct list {
	struct list_node head;
};

/* Initialiser for a static list: `static struct list all = LIST_INIT(all);` */
#define LIST_INIT(name)                                               \
	{                                                             \
		.head = {.prev = &(name).head, .next = &(name).head } \
	}

static inline void list_init(struct list *list)
{
	list->head.prev = &list->head;
	list->head.next = &list->head;
}

static inline void list_node_init(struct list_node *node)
{
	node->next = NULL;
}

static inline bool list_empty(const struct list *list)
{
	return list->head.next == &list->head;
}

/* Is `node` on a list, whichever? */
static inline bool list_linked(const struct list_node *node)
{
	return node->next != NULL;
}

/* Links the unlinked `node` before `next`, which is on a list or is a list's head. */
static inline void list_insert_before(struct list_node *next, struct list_node *node)
{
	struct list_node *prev = next->prev;

	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

static inline void list_push_front(struct list *list, struct list_node *node)
{
	list_insert_before(list->head.next, node);
}

static inline void list_push_back(struct list *list, struct list_node *node)
{
	list_insert_before(&list->head, node);
}

/* Takes the linked `node` off its list and leaves it unlinked. */
static inline void list_remove(struct list_node *node)
{
	struct list_node *prev = node->prev, *next = node->next;

	prev->next = next;
	next->prev = prev;
	list_node_init(node);
}

/* The first node, or NULL when the list is empty. */
static inline struct list_node *list_first(const struct list *list)
{
	return list_empty(list) ? NULL : list->head.next;
}

static inline struct list_node *list_last(const struct list *list)
{
	return list_empty(list) ? NULL : list->head.prev;
}

/* The node after `node` on `list`, or NULL when `node` is the last. */
static inline struct list_node *list_next(const struct list *list, const struct list_node *node)
{
	return node->next == &list->head ? NULL : node->next;
}

/* Removes and returns the first node, or returns NULL when the list is empty. */
static inline struct list_node *list_pop_front(struct list *list)
{
	struct list_node *node = list_first(list);

	if (node)
		list_remove(node);
	return node;
}

static inline struct list_node *list_pop_back(struct list *list)
{
	struct list_node *node = list_last(list);

	if (node)
		list_remove(node);
	return node;
}

/* Moves all of `from` to the end of `to`, in order; `from` is empty afterwards. */
static inline void list_splice(struct list *to, struct list *from)
{
	if (list_empty(from))
		return;
	from->head.next->prev = to->head.prev;
	to->head.prev->next = from->head.next;
	from->head.prev->next = &to->head;
	to->head.prev = from->head.prev;
	list_init(from);
}

/*
 * Walks `list` front to back; declares `node` (a `struct list_node *`) for the body, which must
 * not take `node` off the list.
 */
#define list_for_each(node, list) \
	for (struct list_node *node = (list)->head.next; node != &(list)->head; node = node->next)

/* The same where the body may remove (or free) `node`, though not its neighbours. */
#define list_for_each_safe(node, list)                                              \
	for (struct list_node *node = (list)->head.next, *node##_next = node->next; \
	     node != &(list)->head; node = node##_next, node##_next = node->next)

/* Counts the nodes: O(n), for tests and reports. */
static inline size_t list_length(const struct list *list)
{
	size_t length = 0;

	list_for_each(node, list)
		length++;
	return length;
}

#endif
