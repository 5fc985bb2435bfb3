/* SPDX-License-Identifier: MIT */
/*
 * Regular files of tmpfs. Readers take no lock but the memory object's own; writers, who may move
 * the end, take the inode's. The user's buffer may be a mapping of this very file: a fault on it
 * takes only locks below.
 */
#include "fs/inode.h"
#include "fs/tmpfs.h"
#include "lib/abi/errno.h"
#include "vm/memobj.h"

static ssize_t tmpfs_read(struct file *file, struct uio *to, uint64_t *position)
{
	ssize_t done = memobj_read(file->inode->data, *position, to);

	if (done > 0)
		*position += done;
	return done;
}

static ssize_t write_locked(struct file *file, struct uio *from, uint64_t *position)
{
	struct memobj *object = file->inode->data;

	if (file->flags & O_APPEND)
		*position = memobj_size(object);
	if (*position >= FILE_SIZE_MAX || from->left > FILE_SIZE_MAX - *position)
		return -EFBIG;
	ssize_t done = memobj_write(object, *position, from);
	if (done > 0) {
		*position += done;
		inode_touch_locked(file->inode);
	}
	return done;
}

static ssize_t tmpfs_write(struct file *file, struct uio *from, uint64_t *position)
{
	if (from->left == 0)
		return 0;
	mutex_lock(&file->inode->lock);
	ssize_t done = write_locked(file, from, position);
	mutex_unlock(&file->inode->lock);
	return done;
}

static long tmpfs_seek(struct file *file, long offset, int whence)
{
	return file_seek_within(file, offset, whence, memobj_size(file->inode->data));
}

static int tmpfs_mmap(struct file *file, struct memobj **object)
{
	*object = file->inode->data;
	memobj_get(*object);
	return 0;
}

const struct file_ops tmpfs_file_ops = {
	.read = tmpfs_read,
	.write = tmpfs_write,
	.seek = tmpfs_seek,
	.mmap = tmpfs_mmap,
};
