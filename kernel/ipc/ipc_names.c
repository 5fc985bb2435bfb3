/* SPDX-License-Identifier: MIT */
#include "ipc/ipc_names.h"

#include "base/assert.h"
#include "lib/string.h"

void ipc_names_init(struct ipc_names *names)
{
	mutex_init(&names->lock, "ipc names", RANK_IPC_NAMES);
	tree_init(&names->tree);
}

/* Below 0, 0, above 0: by the bytes, then the shorter first. */
static int order_of(const char *text, size_t length, const struct ipc_name *name)
{
	int order = memcmp(text, name->text, MIN(length, name->length));

	return order ? order : (length > name->length) - (length < name->length);
}

/* Where the name is, or where it would be put. */
static struct tree_node **find_link(struct ipc_names *names, const char *text, size_t length,
				    struct tree_node **parent)
{
	struct tree_node **link = &names->tree.root;

	ASSERT(mutex_held(&names->lock));
	*parent = NULL;
	while (*link) {
		int order = order_of(text, length, container_of(*link, struct ipc_name, node));

		if (order == 0)
			break;
		*parent = *link;
		link = order < 0 ? &(*parent)->left : &(*parent)->right;
	}
	return link;
}

struct ipc_name *ipc_names_find_locked(struct ipc_names *names, const char *text, size_t length)
{
	struct tree_node *parent, *found = *find_link(names, text, length, &parent);

	return found ? container_of(found, struct ipc_name, node) : NULL;
}

bool ipc_names_add_locked(struct ipc_names *names, struct ipc_name *name)
{
	struct tree_node *parent, **link = find_link(names, name->text, name->length, &parent);

	if (*link)
		return false;
	tree_insert(&names->tree, &name->node, parent, link);
	return true;
}

void ipc_names_remove_locked(struct ipc_names *names, struct ipc_name *name)
{
	ASSERT(mutex_held(&names->lock));
	tree_remove(&names->tree, &name->node);
}
