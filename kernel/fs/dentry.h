/* SPDX-License-Identifier: MIT */
/* What fs/ shares of dentry.c; everything else is in fs/vfs.h. */
#ifndef FS_DENTRY_H
#define FS_DENTRY_H

#include "fs/component.h"
#include "fs/vfs.h"

/* Guards parent, name and removed of every dentry, together with the parent's inode->lock. */
extern struct spinlock names_lock;

/* The slab, and the root dentry on `root_inode`. Boot. */
void dentry_init(struct inode *root_inode);
/* A copy for dentry->name, from kmalloc(), padded as names are. NULL: no memory. */
char *dentry_name_copy(const char *name);
/* `ancestor` is `dentry` or above it. Does not sleep; the answer lasts while rename_lock is
 * held. */
bool dentry_is_ancestor(struct dentry *ancestor, struct dentry *dentry);

#endif
