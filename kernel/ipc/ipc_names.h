/* SPDX-License-Identifier: MIT */
/*
 * Names that are not in the tree of files: abstract socket addresses and message queues. A name is
 * any bytes; who has one embeds a struct ipc_name and takes it off the table before it goes.
 */
#ifndef IPC_IPC_NAMES_H
#define IPC_IPC_NAMES_H

#include "lib/tree.h"
#include "sync/mutex.h"

struct ipc_name {
	struct tree_node node; /* [table's lock] */
	const char *text;      /* const while in a table; not terminated */
	size_t length;         /* likewise */
};

struct ipc_names {
	struct mutex lock;
	struct tree tree; /* [lock] of struct ipc_name */
};

void ipc_names_init(struct ipc_names *names);
/* The entry of this name, or NULL. */
struct ipc_name *ipc_names_find_locked(struct ipc_names *names, const char *text, size_t length);
/* False: the name is there already. */
bool must_check ipc_names_add_locked(struct ipc_names *names, struct ipc_name *name);
void ipc_names_remove_locked(struct ipc_names *names, struct ipc_name *name);

#endif
