/* SPDX-License-Identifier: MIT */
/*
 * Reading directories of tmpfs, in the order in which the entries were made. What is made after the
 * reading began is left out: it could go on for ever. So an open directory keeps the number that
 * the next entry had then, in file->private, under the position's lock.
 */
#include "fs/tmpfs.h"
#include "lib/abi/dirent.h"
#include "lib/abi/errno.h"

/* The first entry whose number is at least `order`; NULL: none. */
static struct dentry *entry_from(struct tmpfs_directory *directory, uint64_t order)
{
	struct tree_node *node = directory->by_order.root;
	struct dentry *best = NULL;

	while (node) {
		struct dentry *entry = container_of(node, struct dentry, order_node);

		if (entry->order >= order) {
			best = entry;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return best;
}

static struct dentry *entry_after(struct dentry *entry)
{
	struct tree_node *node = tree_next(&entry->order_node);

	return node ? container_of(node, struct dentry, order_node) : NULL;
}

/* Adds an entry and moves the position past it. */
static int add(struct file *file, struct dirent_sink *sink, const char *name, struct inode *inode,
	       uint64_t next)
{
	int rc = sink->add(sink, name, inode->number, IFTODT(inode->mode), next);

	if (rc == 0)
		file->position = next;
	return rc;
}

static int add_entries_locked(struct file *file, struct dirent_sink *sink, struct inode *parent)
{
	int rc = 0;

	if (file->dentry->removed)
		return -ENOENT;
	if (file->position == 0 || !file->private)
		file->private = (void *)tmpfs_directory(file->inode)->next_order;
	uint64_t end = (uint64_t)file->private;
	if (file->position == 0)
		rc = add(file, sink, ".", file->inode, 1);
	if (rc == 0 && file->position == 1)
		rc = add(file, sink, "..", parent, ORDER_FIRST);

	struct dentry *entry = entry_from(tmpfs_directory(file->inode), file->position);
	while (rc == 0 && entry && entry->order < end) {
		rc = add(file, sink, entry->name, entry->inode, entry->order + 1);
		entry = entry_after(entry);
	}
	return rc < 0 ? rc : 0;
}

static int directory_read(struct file *file, struct dirent_sink *sink)
{
	struct dentry *parent = dentry_parent(file->dentry);

	mutex_lock(&file->inode->lock);
	int rc = add_entries_locked(file, sink, parent->inode);
	mutex_unlock(&file->inode->lock);
	dentry_put(parent);
	return rc;
}

static long directory_seek(struct file *file, long offset, int whence)
{
	if (whence != SEEK_SET && whence != SEEK_CUR)
		return -EINVAL;
	return file_seek_within(file, offset, whence, 0);
}

const struct file_ops tmpfs_directory_ops = {
	.seek = directory_seek,
	.read_directory = directory_read,
};
