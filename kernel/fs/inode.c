/* SPDX-License-Identifier: MIT */
/* Inodes: their life, and the operations that need no name. */
#include "fs/inode.h"

#include "arch/clock.h"
#include "base/assert.h"
#include "lib/abi/errno.h"
#include "lib/abi/limits.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "vm/memobj.h"

static struct slab_cache inode_cache;
static _Atomic uint64_t next_number = 1;

void inode_init(void)
{
	slab_cache_init(&inode_cache, "inode", sizeof(struct inode), 0);
}

struct timespec vfs_time(void)
{
	uint64_t now = clock_realtime_base() + clock_now();

	return (struct timespec){now / NS_PER_SEC, now % NS_PER_SEC};
}

struct inode *inode_create(dev_t device, mode_t mode, const struct inode_ops *ops,
			   const struct file_ops *file_ops)
{
	struct inode *inode = slab_alloc(&inode_cache);

	if (!inode)
		return NULL;
	*inode = (struct inode){.ops = ops,
				.file_ops = file_ops,
				.number = atomic_fetch_add(&next_number, 1),
				.device = device,
				.mode = mode,
				.links = 1};
	ref_init(&inode->references);
	mutex_init(&inode->lock, "inode", RANK_INODE);
	inode->atime = inode->mtime = inode->ctime = vfs_time();
	return inode;
}

void inode_get(struct inode *inode)
{
	ref_get(&inode->references);
}

void inode_put(struct inode *inode)
{
	if (!ref_put(&inode->references))
		return;
	if (inode->ops && inode->ops->release)
		inode->ops->release(inode);
	if (inode->data)
		memobj_put(inode->data);
	kfree(inode->target);
	slab_free(&inode_cache, inode);
}

void inode_touch_locked(struct inode *inode)
{
	ASSERT(mutex_held(&inode->lock));
	inode->mtime = inode->ctime = vfs_time();
}

static void stat_content(struct inode *inode, struct stat *result)
{
	if (inode->data) {
		result->st_size = memobj_size(inode->data);
		result->st_blocks = memobj_pages(inode->data) * (PAGE_SIZE / 512);
	} else if (inode->target) {
		result->st_size = strlen(inode->target);
	}
}

void vfs_stat(struct inode *inode, struct stat *result)
{
	*result = (struct stat){.st_dev = inode->device,
				.st_ino = inode->number,
				.st_rdev = inode->rdev,
				.st_blksize = PAGE_SIZE};
	mutex_lock(&inode->lock);
	result->st_mode = inode->mode;
	result->st_nlink = inode->links;
	result->st_atim = inode->atime;
	result->st_mtim = inode->mtime;
	result->st_ctim = inode->ctime;
	stat_content(inode, result);
	if (inode->ops && inode->ops->stat)
		inode->ops->stat(inode, result);
	mutex_unlock(&inode->lock);
}

int vfs_chmod(struct inode *inode, mode_t mode)
{
	if (S_ISLNK(inode->mode))
		return -EOPNOTSUPP;
	if (inode->device == DEVICE_PROC)
		return -EPERM;
	mutex_lock(&inode->lock);
	inode->mode = (inode->mode & S_IFMT) | (mode & 07777);
	inode->ctime = vfs_time();
	mutex_unlock(&inode->lock);
	return 0;
}

static void set_time(struct timespec *time, const struct timespec *wanted, struct timespec now)
{
	if (wanted->tv_nsec == UTIME_NOW)
		*time = now;
	else if (wanted->tv_nsec != UTIME_OMIT)
		*time = *wanted;
}

static bool time_valid(const struct timespec *time)
{
	return time->tv_nsec == UTIME_NOW || time->tv_nsec == UTIME_OMIT ||
	       (time->tv_nsec >= 0 && time->tv_nsec < (long)NS_PER_SEC);
}

int vfs_set_times(struct inode *inode, const struct timespec times[2])
{
	static const struct timespec both_now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};

	if (!times)
		times = both_now;
	if (!time_valid(&times[0]) || !time_valid(&times[1]))
		return -EINVAL;
	if (inode->device == DEVICE_PROC)
		return -EPERM;
	if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return 0;
	struct timespec now = vfs_time();
	mutex_lock(&inode->lock);
	set_time(&inode->atime, &times[0], now);
	set_time(&inode->mtime, &times[1], now);
	inode->ctime = now;
	mutex_unlock(&inode->lock);
	return 0;
}

int vfs_truncate(struct inode *inode, uint64_t size)
{
	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (!inode->data)
		return -EINVAL;
	if (size > FILE_SIZE_MAX)
		return -EFBIG;
	int rc = inode_take_write(inode);
	if (rc)
		return rc;
	mutex_lock(&inode->lock);
	rc = memobj_resize(inode->data, size);
	if (rc == 0)
		inode_touch_locked(inode);
	mutex_unlock(&inode->lock);
	inode_drop_write(inode);
	return rc;
}

void vfs_statfs(struct inode *inode, struct statfs *result)
{
	*result =
		(struct statfs){.f_bsize = PAGE_SIZE, .f_frsize = PAGE_SIZE, .f_namelen = NAME_MAX};
	switch (inode->device) {
	case DEVICE_PROC:
		result->f_type = PROC_SUPER_MAGIC;
		break;
	case DEVICE_PIPE:
		result->f_type = PIPEFS_MAGIC;
		break;
	case DEVICE_SOCKET:
		result->f_type = SOCKFS_MAGIC;
		break;
	default: {
		struct frame_counts counts;

		frame_counts(&counts);
		result->f_type = TMPFS_MAGIC;
		result->f_blocks = counts.total;
		result->f_bfree = result->f_bavail = counts.free;
	}
	}
}

int vfs_access(struct inode *inode, int mode)
{
	if ((mode & X_OK) && !S_ISDIR(inode->mode) && !(inode->mode & 0111))
		return -EACCES;
	return 0;
}

long vfs_read_link(struct inode *inode, char *buffer, size_t size)
{
	if (!S_ISLNK(inode->mode))
		return -EINVAL;
	if (!inode->target)
		return inode->ops->read_link(inode, buffer, size);
	size_t length = MIN(strlen(inode->target), size);
	memcpy(buffer, inode->target, length);
	return length;
}

/* ---- Written or run, not both. `writers` counts up for the one and down for the other. ---- */

int inode_take_write(struct inode *inode)
{
	int writers = atomic_load(&inode->writers);

	do {
		if (writers < 0)
			return -ETXTBSY;
	} while (!atomic_compare_exchange_weak(&inode->writers, &writers, writers + 1));
	return 0;
}

void inode_drop_write(struct inode *inode)
{
	atomic_fetch_sub(&inode->writers, 1);
}

int inode_deny_write(struct inode *inode)
{
	int writers = atomic_load(&inode->writers);

	do {
		if (writers > 0)
			return -ETXTBSY;
	} while (!atomic_compare_exchange_weak(&inode->writers, &writers, writers - 1));
	return 0;
}

void inode_allow_write(struct inode *inode)
{
	atomic_fetch_add(&inode->writers, 1);
}
