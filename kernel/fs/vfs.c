/* SPDX-License-Identifier: MIT */
/* The start of it all: the root directory, and other file systems hung below it. */
#include "fs/vfs.h"

#include "base/assert.h"
#include "fs/dentry.h"
#include "fs/inode.h"
#include "fs/names.h"
#include "fs/open.h"
#include "fs/path.h"
#include "fs/tmpfs.h"

static void make_directory(const char *path, mode_t mode)
{
	int rc = vfs_make(NULL, path, S_IFDIR | mode, 0);

	if (rc)
		panic("cannot make %s: error %d", path, -rc);
}

void vfs_init(void)
{
	inode_init();
	file_init();
	rename_init();
	struct inode *root = tmpfs_inode_create(S_IFDIR | 0755, 0, NULL);
	if (!root)
		panic("no memory for the root directory");
	dentry_init(root);
	make_directory("/dev", 0755);
	make_directory("/proc", 0555);
	make_directory("/tmp", 01777);
}

/* Puts the inode in the place of the empty directory that the walk ends at. */
static int attach_at(struct walk *walk, struct inode *inode)
{
	const struct inode_ops *ops = walk->at->inode->ops;
	struct dentry *empty;
	int rc = ops->lookup(walk->at, walk->component.name, &empty);

	if (rc)
		return rc;
	rc = ops->unlink(walk->at, empty, true);
	dentry_put(empty);
	return rc ? rc : ops->link(walk->at, walk->component.name, inode);
}

int vfs_attach(const char *path, struct inode *root_inode)
{
	struct walk walk;
	int rc = walk_begin(&walk, NULL, path);

	if (rc)
		return rc;
	rc = walk_to_last(&walk);
	if (rc == 0) {
		ASSERT(walk.kind == WALK_NAME && walk.at->inode->device == DEVICE_TMPFS);
		mutex_lock(&walk.at->inode->lock);
		rc = attach_at(&walk, root_inode);
		mutex_unlock(&walk.at->inode->lock);
	}
	walk_end(&walk);
	if (rc == 0)
		inode_put(root_inode); /* the dentry has its own reference */
	return rc;
}
