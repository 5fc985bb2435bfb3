/* SPDX-License-Identifier: MIT */
/*
 * tmpfs: names. A directory's tree holds a reference to each of its dentries. All changes are made
 * with the directory's lock held and its content checked before: what can fail (memory, a directory
 * that is not empty) fails before anything has changed.
 */
#include "fs/tmpfs.h"

#include "base/assert.h"
#include "fs/dentry.h"
#include "fs/inode.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "vm/memobj.h"

/* ---- The trees ---- */

static struct dentry *find(struct tmpfs_directory *directory, const char *name)
{
	struct tree_node *node = directory->by_name.root;

	ASSERT(IS_ALIGNED((vaddr_t)name, NAME_WORD));
	while (node) {
		struct dentry *entry = container_of(node, struct dentry, name_node);
		int order = name_order(name, entry->name);

		if (order == 0)
			return entry;
		node = order < 0 ? node->left : node->right;
	}
	return NULL;
}

static void insert_by_name(struct tree *tree, struct dentry *entry)
{
	struct tree_node **link = &tree->root, *parent = NULL;

	while (*link) {
		parent = *link;
		const char *name = container_of(parent, struct dentry, name_node)->name;
		link = name_order(entry->name, name) < 0 ? &parent->left : &parent->right;
	}
	tree_insert(tree, &entry->name_node, parent, link);
}

static void insert_by_order(struct tree *tree, struct dentry *entry)
{
	struct tree_node **link = &tree->root, *parent = NULL;

	while (*link) {
		parent = *link;
		uint64_t order = container_of(parent, struct dentry, order_node)->order;
		link = entry->order < order ? &parent->left : &parent->right;
	}
	tree_insert(tree, &entry->order_node, parent, link);
}

/* This and extract() leave the directory's reference of the entry to the caller. `from`: the
 * directory it was in; NULL: it is new. Under another name in the same one it keeps its number:
 * whoever reads the directory would else meet it again, and again. */
static void insert(struct inode *inode, struct dentry *entry, struct inode *from)
{
	struct tmpfs_directory *directory = tmpfs_directory(inode);

	if (from != inode)
		entry->order = directory->next_order++;
	insert_by_name(&directory->by_name, entry);
	insert_by_order(&directory->by_order, entry);
	directory->count++;
	if (S_ISDIR(entry->inode->mode))
		inode->links++; /* its ".." */
	inode_touch_locked(inode);
}

static void extract(struct inode *inode, struct dentry *entry)
{
	struct tmpfs_directory *directory = tmpfs_directory(inode);

	tree_remove(&directory->by_name, &entry->name_node);
	tree_remove(&directory->by_order, &entry->order_node);
	directory->count--;
	if (S_ISDIR(entry->inode->mode))
		inode->links--;
	inode_touch_locked(inode);
}

/* ---- Inodes ---- */

static void tmpfs_release(struct inode *inode)
{
	if (S_ISDIR(inode->mode)) {
		ASSERT(tree_empty(&tmpfs_directory(inode)->by_name));
		kfree(inode->special);
	}
}

static const struct inode_ops inode_ops;

/* What the type needs besides the inode. */
static int give_content(struct inode *inode, const char *target)
{
	if (S_ISREG(inode->mode)) {
		inode->data = memobj_create(0);
		if (!inode->data)
			return -ENOMEM;
		inode->data->of_file = true;
		return 0;
	}
	if (S_ISLNK(inode->mode)) {
		inode->target = kstrdup(target);
		return inode->target ? 0 : -ENOMEM;
	}
	if (S_ISDIR(inode->mode)) {
		struct tmpfs_directory *directory = kzalloc(sizeof(*directory));

		if (!directory)
			return -ENOMEM;
		directory->next_order = ORDER_FIRST;
		inode->special = directory;
		inode->ops = &inode_ops;
		inode->links = 2;
	}
	return 0;
}

static const struct file_ops *file_ops_of(mode_t mode)
{
	if (S_ISREG(mode))
		return &tmpfs_file_ops;
	return S_ISDIR(mode) ? &tmpfs_directory_ops : NULL;
}

struct inode *tmpfs_inode_create(mode_t mode, dev_t rdev, const char *target)
{
	struct inode *inode = inode_create(DEVICE_TMPFS, mode, NULL, file_ops_of(mode));

	if (!inode)
		return NULL;
	inode->rdev = rdev;
	if (give_content(inode, target)) {
		inode_put(inode);
		return NULL;
	}
	return inode;
}

/* ---- Operations; the directories' locks are held ---- */

static int tmpfs_lookup(struct dentry *directory, const char *name, struct dentry **entry)
{
	struct dentry *found = find(tmpfs_directory(directory->inode), name);

	if (!found)
		return -ENOENT;
	dentry_get(found);
	*entry = found;
	return 0;
}

static int tmpfs_create(struct dentry *directory, const char *name, mode_t mode, dev_t rdev,
			const char *target, struct dentry **entry)
{
	if (frames_are_scarce())
		return -ENOSPC;
	struct inode *inode = tmpfs_inode_create(mode, rdev, target);
	if (!inode)
		return -ENOMEM;
	struct dentry *made = dentry_create(directory, name, inode);
	if (!made) {
		inode_put(inode);
		return -ENOMEM;
	}
	insert(directory->inode, made, NULL);
	dentry_get(made); /* one for the tree, one for the caller */
	*entry = made;
	return 0;
}

static int add_link(struct inode *inode)
{
	int rc = 0;

	mutex_lock_nested(&inode->lock);
	if (inode->links == 0) {
		rc = -ENOENT; /* its last name went while it was looked up */
	} else {
		inode->links++;
		inode->ctime = vfs_time();
	}
	mutex_unlock(&inode->lock);
	return rc;
}

static int tmpfs_link(struct dentry *directory, const char *name, struct inode *inode)
{
	if (frames_are_scarce())
		return -ENOSPC;
	inode_get(inode);
	struct dentry *entry = dentry_create(directory, name, inode);
	if (!entry) {
		inode_put(inode);
		return -ENOMEM;
	}
	int rc = add_link(inode);
	if (rc) {
		dentry_put(entry);
		return rc;
	}
	insert(directory->inode, entry, NULL);
	return 0;
}

/* The entry's inode loses this name, for good. -ENOTEMPTY. */
static int drop_name(struct dentry *entry)
{
	struct inode *inode = entry->inode;
	bool is_directory = S_ISDIR(inode->mode);
	int rc = 0;

	mutex_lock_nested(&inode->lock);
	if (is_directory && tmpfs_directory(inode)->count > 0) {
		rc = -ENOTEMPTY;
	} else {
		inode->links = is_directory ? 0 : inode->links - 1;
		inode->ctime = vfs_time();
		/* With the directory's own lock held, too: nothing is made in it any more. */
		spin_lock(&names_lock);
		entry->removed = true;
		spin_unlock(&names_lock);
	}
	mutex_unlock(&inode->lock);
	return rc;
}

static int tmpfs_unlink(struct dentry *directory, struct dentry *entry, bool is_directory)
{
	int rc = drop_name(entry);

	if (rc)
		return rc;
	extract(directory->inode, entry);
	dentry_put(entry); /* the tree's; the caller has one */
	return 0;
}

/* The entry, in no tree now, gets a new place and name; the old ones are handed back. */
static void change_place(struct dentry *entry, struct dentry **parent, char **name)
{
	spin_lock(&names_lock);
	struct dentry *old_parent = entry->parent;
	char *old_name = entry->name;
	entry->parent = *parent;
	entry->name = *name;
	spin_unlock(&names_lock);
	*parent = old_parent;
	*name = old_name;
}

static void stamp_change(struct inode *inode)
{
	mutex_lock_nested(&inode->lock);
	inode->ctime = vfs_time();
	mutex_unlock(&inode->lock);
}

static int tmpfs_rename(struct dentry *from, struct dentry *entry, struct dentry *to,
			const char *name, struct dentry *replaced)
{
	/* Short names may not become long ones at the cost of the last frames. */
	if (strlen(name) > strlen(entry->name) && frames_are_scarce())
		return -ENOSPC;
	char *new_name = dentry_name_copy(name);
	if (!new_name)
		return -ENOMEM;
	if (replaced) {
		int rc = tmpfs_unlink(to, replaced, S_ISDIR(replaced->inode->mode));

		if (rc) {
			kfree(new_name);
			return rc;
		}
	}
	extract(from->inode, entry);
	dentry_get(to);
	change_place(entry, &to, &new_name);
	insert(entry->parent->inode, entry, from->inode);
	stamp_change(entry->inode);
	dentry_put(to); /* the old parent now, and the old name */
	kfree(new_name);
	return 0;
}

static void tmpfs_exchange(struct dentry *first, struct dentry *second)
{
	struct dentry *parent = first->parent;
	char *name = first->name;

	extract(first->parent->inode, first);
	extract(second->parent->inode, second);
	change_place(second, &parent, &name);
	change_place(first, &parent, &name);
	insert(first->parent->inode, first, second->parent->inode);
	insert(second->parent->inode, second, first->parent->inode);
	stamp_change(first->inode);
	stamp_change(second->inode);
}

static void tmpfs_stat(struct inode *inode, struct stat *result)
{
	/* As Linux counts: 20 bytes an entry, "." and ".." among them. */
	result->st_size = (tmpfs_directory(inode)->count + 2) * 20;
}

static const struct inode_ops inode_ops = {
	.lookup = tmpfs_lookup,
	.create = tmpfs_create,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.rename = tmpfs_rename,
	.exchange = tmpfs_exchange,
	.release = tmpfs_release,
	.stat = tmpfs_stat,
};
