/* SPDX-License-Identifier: MIT */
/* open(2): from a path, perhaps making the file, to a struct file. */
#include "fs/open.h"

#include "base/assert.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/names.h"
#include "fs/path.h"
#include "lib/abi/errno.h"

/* Registered by ipc and dev; const after boot. */
static special_open *open_fifo, *open_device;

void vfs_set_fifo_open(special_open *open)
{
	open_fifo = open;
}

void vfs_set_device_open(special_open *open)
{
	open_device = open;
}

/* An O_PATH file, and one that is being opened. */
static const struct file_ops no_ops = {0};

/* ---- Opening what is there ---- */

/* Looks only at flags and type. */
static int check_type(const struct inode *inode, int flags)
{
	bool writes = flags & (O_WRONLY | O_RDWR | O_TRUNC);

	if ((flags & O_DIRECTORY) && !S_ISDIR(inode->mode))
		return -ENOTDIR;
	switch (inode->mode & S_IFMT) {
	case S_IFLNK:
		return -ELOOP; /* O_NOFOLLOW */
	case S_IFDIR:
		return writes || (flags & O_CREAT) ? -EISDIR : 0;
	case S_IFREG:
		return flags & O_DIRECT ? -EINVAL : 0;
	case S_IFIFO:
		return open_fifo ? 0 : -ENXIO;
	case S_IFCHR:
		return open_device ? 0 : -ENXIO;
	default:
		return -ENXIO;
	}
}

static int open_regular(struct file *file, int flags)
{
	if (file_writable(file)) {
		int rc = inode_take_write(file->inode);

		if (rc)
			return rc;
		file->counts_as_writer = true;
	}
	return flags & O_TRUNC ? vfs_truncate(file->inode, 0) : 0;
}

/* Gives the file its operations; it is dropped when this fails. */
static int open_by_type(struct file *file, int flags)
{
	struct inode *inode = file->inode;

	if (S_ISFIFO(inode->mode))
		return open_fifo(inode, file);
	if (S_ISCHR(inode->mode))
		return open_device(inode, file);
	ASSERT(inode->file_ops);
	file->ops = inode->file_ops;
	return inode->data ? open_regular(file, flags) : 0;
}

static int open_as_path(struct dentry *dentry, int flags, struct file **result)
{
	if ((flags & O_DIRECTORY) && !S_ISDIR(dentry->inode->mode))
		return -ENOTDIR;
	dentry_get(dentry);
	*result = file_create(&no_ops, flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
			      dentry, NULL);
	if (!*result)
		dentry_put(dentry);
	return *result ? 0 : -ENOMEM;
}

int file_open(struct dentry *dentry, int flags, struct file **result)
{
	if (flags & O_PATH)
		return open_as_path(dentry, flags, result);
	int rc = check_type(dentry->inode, flags);
	if (rc)
		return rc;
	dentry_get(dentry);
	struct file *file = file_create(&no_ops, flags | O_LARGEFILE, dentry, NULL);
	if (!file) {
		dentry_put(dentry);
		return -ENOMEM;
	}
	rc = open_by_type(file, flags);
	if (rc) {
		file_put(file);
		return rc;
	}
	/* What F_GETFL shows: these were for the opening only. */
	file->flags &= ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	*result = file;
	return 0;
}

/* ---- By path ---- */

/* What is meant by the walk's last component, made when it is not there. -EAGAIN: it was a link,
 * and the walk has gone on to where that leads. */
static int find_or_make(struct walk *walk, int flags, mode_t mode, struct dentry **entry,
			bool *made)
{
	int rc;

	*made = false;
	if (walk->kind ==
	    WALK_HERE) { /* through /proc/self/fd/N; for "/" file_open() says EISDIR */
		*entry = walk->at;
		dentry_get(walk->at);
		return 0;
	}
	if (walk->kind != WALK_NAME || walk->must_be_directory)
		return -EISDIR;
	mutex_lock(&walk->at->inode->lock);
	rc = walk->at->inode->ops->lookup(walk->at, walk->component.name, entry);
	if (rc == -ENOENT) {
		rc = names_create_locked(walk->at, walk->component.name, S_IFREG | (mode & 07777),
					 0, NULL, entry);
		*made = rc == 0;
	}
	mutex_unlock(&walk->at->inode->lock);
	if (rc || *made || !S_ISLNK((*entry)->inode->mode) || (flags & (O_EXCL | O_NOFOLLOW)))
		return rc;
	rc = walk_follow(walk, *entry);
	dentry_put(*entry);
	return rc ? rc : -EAGAIN;
}

static int open_or_create(struct walk *walk, int flags, mode_t mode, struct file **file)
{
	struct dentry *entry;
	bool made;
	int rc = walk_to_last(walk);

	if (rc)
		return rc;
	do {
		rc = find_or_make(walk, flags, mode, &entry, &made);
	} while (rc == -EAGAIN);
	if (rc)
		return rc;
	if (made)
		rc = file_open(entry, flags & ~O_TRUNC, file);
	else if (flags & O_EXCL)
		rc = -EEXIST;
	else
		rc = file_open(entry, flags, file);
	dentry_put(entry);
	return rc;
}

static int check_flags(int flags)
{
	if (flags & O_PATH)
		return 0; /* all others are ignored */
	if ((flags & O_TMPFILE) == O_TMPFILE)
		return -EOPNOTSUPP;
	if ((flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	return (flags & O_CREAT) && (flags & O_DIRECTORY) ? -EINVAL : 0;
}

int vfs_open(struct dentry *base, const char *path, int flags, mode_t mode, struct file **file)
{
	struct walk walk;
	struct dentry *entry;
	int rc = check_flags(flags);

	if (rc)
		return rc;
	if ((flags & O_CREAT) && !(flags & O_PATH)) {
		rc = walk_begin(&walk, base, path);
		if (rc)
			return rc;
		rc = open_or_create(&walk, flags, mode, file);
		walk_end(&walk);
		return rc;
	}
	rc = path_lookup(base, path, flags & O_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &entry);
	if (rc)
		return rc;
	rc = file_open(entry, flags, file);
	dentry_put(entry);
	return rc;
}
