/* SPDX-License-Identifier: MIT */
/*
 * Open files: what every open(2), read(2), write(2) and so on has in common, before the file's own
 * operations. Life: made by file_open() or file_create(); each descriptor, each mapping and each
 * running call holds a reference, and the last one dropped closes the file.
 */
#include "fs/file.h"

#include "fs/inode.h"
#include "fs/open.h"
#include "lib/abi/errno.h"
#include "lib/abi/limits.h"
#include "lib/string.h"
#include "lib/util.h"
#include "mm/slab.h"

static struct slab_cache file_cache;
static _Atomic size_t open_files;

void file_init(void)
{
	slab_cache_init(&file_cache, "file", sizeof(struct file), 0);
}

size_t file_count(void)
{
	/* relaxed: a figure for /proc */
	return atomic_load_explicit(&open_files, memory_order_relaxed);
}

/* ---- What a mapping keeps of its file ---- */

static struct file *file_of_backing(struct region_backing *backing)
{
	return container_of(backing, struct file, backing);
}

static void backing_get(struct region_backing *backing)
{
	file_get(file_of_backing(backing));
}

static void backing_put(struct region_backing *backing)
{
	file_put(file_of_backing(backing));
}

static void backing_describe(struct region_backing *backing, char *name, size_t size,
			     uint64_t *device, uint64_t *inode)
{
	struct file *file = file_of_backing(backing);

	if (dentry_path(file->dentry, name, size) < 0)
		strlcpy(name, "(too long)", size);
	*device = file->inode->device;
	*inode = file->inode->number;
}

/* ---- Life ---- */

struct file *file_create(const struct file_ops *ops, int flags, struct dentry *dentry,
			 void *private)
{
	struct file *file = slab_alloc(&file_cache);

	if (!file)
		return NULL;
	*file = (struct file){
		.backing = {.get = backing_get, .put = backing_put, .describe = backing_describe},
		.ops = ops,
		.dentry = dentry,
		.inode = dentry->inode,
		.flags = flags,
		.private = private,
	};
	ref_init(&file->references);
	file->backing.writable = file_writable(file);
	mutex_init(&file->position_lock, "file position", RANK_FILE);
	atomic_fetch_add_explicit(&open_files, 1, memory_order_relaxed);
	return file;
}

__attribute__((noinline)) void file_close(struct file *file)
{
	if (file->ops->release)
		file->ops->release(file);
	if (file->counts_as_writer)
		inode_drop_write(file->inode);
	if (file->denies_write)
		inode_allow_write(file->inode);
	dentry_put(file->dentry);
	slab_free(&file_cache, file);
	atomic_fetch_sub_explicit(&open_files, 1, memory_order_relaxed);
}

int file_deny_write(struct file *file)
{
	int rc = inode_deny_write(file->inode);

	if (rc == 0)
		file->denies_write = true;
	return rc;
}

/* ---- Reading and writing ---- */

typedef ssize_t transfer_function(struct file *file, struct uio *uio, uint64_t *position);

static ssize_t transfer_at(struct file *file, struct uio *uio, const uint64_t *position,
			   transfer_function *transfer)
{
	if (!file->ops->seek) /* a stream has no position */
		return position ? -ESPIPE : transfer(file, uio, NULL);
	if (position) {
		uint64_t at = *position;

		return transfer(file, uio, &at);
	}
	mutex_lock(&file->position_lock);
	ssize_t done = transfer(file, uio, &file->position);
	mutex_unlock(&file->position_lock);
	return done;
}

ssize_t file_read(struct file *file, struct uio *to, const uint64_t *position)
{
	if (!file_readable(file))
		return -EBADF;
	if (!file->ops->read)
		return S_ISDIR(file->inode->mode) ? -EISDIR : -EINVAL;
	return transfer_at(file, to, position, file->ops->read);
}

ssize_t file_write(struct file *file, struct uio *from, const uint64_t *position)
{
	if (!file_writable(file))
		return -EBADF;
	if (!file->ops->write)
		return -EINVAL;
	return transfer_at(file, from, position, file->ops->write);
}

ssize_t file_read_kernel(struct file *file, void *to, size_t bytes, uint64_t position)
{
	struct uio uio;

	uio_init_kernel(&uio, to, bytes);
	return file_read(file, &uio, &position);
}

int file_read_directory(struct file *file, struct dirent_sink *sink)
{
	if (!file_readable(file))
		return -EBADF;
	if (!file->ops->read_directory)
		return -ENOTDIR;
	mutex_lock(&file->position_lock);
	int rc = file->ops->read_directory(file, sink);
	mutex_unlock(&file->position_lock);
	return rc;
}

/* ---- The position ---- */

long file_seek(struct file *file, long offset, int whence)
{
	if (!file->ops->seek)
		return -ESPIPE;
	mutex_lock(&file->position_lock);
	long position = file->ops->seek(file, offset, whence);
	mutex_unlock(&file->position_lock);
	return position;
}

/* Without holes to report: all is data up to the end, where the one hole begins. */
static long seek_data_or_hole(long offset, int whence, uint64_t size)
{
	if (offset < 0 || (uint64_t)offset >= size)
		return -ENXIO;
	return whence == SEEK_DATA ? offset : (long)size;
}

static long seek_target(const struct file *file, long offset, int whence, uint64_t size)
{
	long base, target;

	switch (whence) {
	case SEEK_SET:
		base = 0;
		break;
	case SEEK_CUR:
		base = file->position;
		break;
	case SEEK_END:
		base = size;
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		return seek_data_or_hole(offset, whence, size);
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(base, offset, &target) || target < 0)
		return -EINVAL;
	return target;
}

long file_seek_within(struct file *file, long offset, int whence, uint64_t size)
{
	long target = seek_target(file, offset, whence, size);

	if (target >= 0)
		file->position = target;
	return target;
}

/* ---- The rest ---- */

long file_ioctl(struct file *file, unsigned command, user_addr_t argument)
{
	if (!file->ops->ioctl)
		return -ENOTTY;
	return file->ops->ioctl(file, command, argument);
}

unsigned file_poll(struct file *file, struct poll_table *table)
{
	if (!file->ops->poll)
		return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
	return file->ops->poll(file, table);
}

int file_mmap(struct file *file, bool shared, bool write, struct memobj **object)
{
	if (!file_readable(file) || (shared && write && !file_writable(file)))
		return -EACCES;
	if (!file->ops->mmap)
		return -ENODEV;
	return file->ops->mmap(file, object);
}
