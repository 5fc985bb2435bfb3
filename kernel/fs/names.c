/* SPDX-License-Identifier: MIT */
/*
 * Making and removing names: mkdir, mknod, symlink, link, unlink, rmdir. (rename is in rename.c.)
 * Each walks to the last component, locks its directory, looks again, decides, and lets the file
 * system do it.
 */
#include "fs/names.h"

#include "base/assert.h"
#include "fs/path.h"
#include "lib/abi/errno.h"

int names_create_locked(struct dentry *directory, const char *name, mode_t mode, dev_t rdev,
			const char *target, struct dentry **entry)
{
	const struct inode_ops *ops = directory->inode->ops;

	if (directory->removed || !ops->create)
		return -ENOENT;
	return ops->create(directory, name, mode, rdev, target, entry);
}

int names_check_removable(const struct dentry *directory, const struct dentry *entry)
{
	if (entry->inode->device != directory->inode->device)
		return -EBUSY;
	return directory->inode->ops->unlink ? 0 : -EPERM;
}

/* Whether walk->component.name may be made in walk->at, whose lock is held. */
static int check_new_locked(struct walk *walk, bool is_directory)
{
	struct dentry *entry;
	int rc = walk->at->inode->ops->lookup(walk->at, walk->component.name, &entry);

	if (rc == 0) {
		dentry_put(entry);
		return -EEXIST;
	}
	if (rc == -ENOENT && (is_directory || !walk->must_be_directory))
		return 0;
	return rc;
}

/* `made`: where the new name's dentry goes, referenced; NULL: nobody wants it. */
static int make_at(struct walk *walk, mode_t mode, dev_t rdev, const char *target,
		   struct dentry **made)
{
	struct dentry *entry;
	int rc = walk_to_last(walk);

	if (rc)
		return rc;
	if (walk->kind != WALK_NAME)
		return -EEXIST;
	mutex_lock(&walk->at->inode->lock);
	rc = check_new_locked(walk, S_ISDIR(mode));
	if (rc == 0)
		rc = names_create_locked(walk->at, walk->component.name, mode, rdev, target,
					 &entry);
	mutex_unlock(&walk->at->inode->lock);
	if (rc == 0 && made)
		*made = entry;
	else if (rc == 0)
		dentry_put(entry);
	return rc;
}

static int make(struct dentry *base, const char *path, mode_t mode, dev_t rdev, const char *target,
		struct dentry **made)
{
	struct walk walk;
	int rc = walk_begin(&walk, base, path);

	if (rc)
		return rc;
	rc = make_at(&walk, mode, rdev, target, made);
	walk_end(&walk);
	return rc;
}

int vfs_make(struct dentry *base, const char *path, mode_t mode, dev_t rdev)
{
	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	if (S_ISLNK(mode))
		return -EINVAL;
	if (!S_ISDIR(mode) && !S_ISREG(mode) && !S_ISCHR(mode) && !S_ISBLK(mode) &&
	    !S_ISFIFO(mode) && !S_ISSOCK(mode))
		return -EINVAL;
	return make(base, path, mode & (S_IFMT | 07777), rdev, NULL, NULL);
}

int vfs_make_socket(struct dentry *base, const char *path, mode_t mode, struct dentry **made)
{
	return make(base, path, S_IFSOCK | (mode & 07777), 0, NULL, made);
}

int vfs_symlink(struct dentry *base, const char *path, const char *target)
{
	if (!*target)
		return -ENOENT;
	return make(base, path, S_IFLNK | 0777, 0, target, NULL);
}

/* ---- link ---- */

static int link_at(struct walk *walk, struct inode *inode)
{
	int rc = walk_to_last(walk);

	if (rc)
		return rc;
	if (walk->kind != WALK_NAME)
		return -EEXIST;
	mutex_lock(&walk->at->inode->lock);
	rc = check_new_locked(walk, false);
	if (rc == 0 && inode->device != walk->at->inode->device)
		rc = -EXDEV;
	if (rc == 0 && S_ISDIR(inode->mode))
		rc = -EPERM;
	if (rc == 0 && walk->at->removed)
		rc = -ENOENT;
	if (rc == 0 && !walk->at->inode->ops->link)
		rc = -EPERM;
	if (rc == 0)
		rc = walk->at->inode->ops->link(walk->at, walk->component.name, inode);
	mutex_unlock(&walk->at->inode->lock);
	return rc;
}

int vfs_link(struct dentry *old_base, const char *old, struct dentry *new_base, const char *new,
	     unsigned lookup_flags)
{
	struct dentry *entry;
	struct walk walk;
	int rc = path_lookup(old_base, old, lookup_flags, &entry);

	if (rc)
		return rc;
	rc = walk_begin(&walk, new_base, new);
	if (rc == 0) {
		rc = link_at(&walk, entry->inode);
		walk_end(&walk);
	}
	dentry_put(entry);
	return rc;
}

/* ---- unlink, rmdir ---- */

/* The error for a path that does not end in a name. */
static int no_name(enum walk_kind kind, bool is_directory)
{
	if (!is_directory)
		return -EISDIR;
	if (kind == WALK_DOT)
		return -EINVAL;
	return kind == WALK_DOTDOT ? -ENOTEMPTY : -EBUSY;
}

static int unlink_locked(struct walk *walk, struct dentry *entry, bool is_directory)
{
	bool found_directory = S_ISDIR(entry->inode->mode);
	int rc;

	if (is_directory && !found_directory)
		return -ENOTDIR;
	if (!is_directory && found_directory)
		return -EISDIR;
	if (!is_directory && walk->must_be_directory)
		return -ENOTDIR;
	rc = names_check_removable(walk->at, entry);
	return rc ? rc : walk->at->inode->ops->unlink(walk->at, entry, is_directory);
}

static int unlink_at(struct walk *walk, bool is_directory)
{
	struct dentry *entry;
	int rc = walk_to_last(walk);

	if (rc)
		return rc;
	if (walk->kind != WALK_NAME)
		return no_name(walk->kind, is_directory);
	mutex_lock(&walk->at->inode->lock);
	rc = walk->at->inode->ops->lookup(walk->at, walk->component.name, &entry);
	if (rc) {
		mutex_unlock(&walk->at->inode->lock);
		return rc;
	}
	rc = unlink_locked(walk, entry, is_directory);
	mutex_unlock(&walk->at->inode->lock);
	dentry_put(entry); /* perhaps the last: its content goes without the lock */
	return rc;
}

int vfs_unlink(struct dentry *base, const char *path, bool is_directory)
{
	struct walk walk;
	int rc = walk_begin(&walk, base, path);

	if (rc)
		return rc;
	rc = unlink_at(&walk, is_directory);
	walk_end(&walk);
	return rc;
}
