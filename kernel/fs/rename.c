/* SPDX-License-Identifier: MIT */
/*
 * rename(2). Two parents are locked only under rename_lock, so nobody else changes who is above
 * whom meanwhile: the upper of the two first, strangers by address. Everyone else locks downwards,
 * one level at a time, and so no circle can close. What the rules of POSIX forbid is found before
 * anything changes.
 */
#include "base/assert.h"
#include "fs/dentry.h"
#include "fs/names.h"
#include "fs/path.h"
#include "lib/abi/errno.h"

static struct mutex rename_lock;

void rename_init(void)
{
	mutex_init(&rename_lock, "rename", RANK_RENAME);
}

static void lock_parents(struct dentry *first, struct dentry *second)
{
	if (first == second) {
		mutex_lock(&first->inode->lock);
		return;
	}
	mutex_lock(&rename_lock);
	if (dentry_is_ancestor(second, first) ||
	    (!dentry_is_ancestor(first, second) && second->inode < first->inode)) {
		struct dentry *upper = second;

		second = first;
		first = upper;
	}
	mutex_lock(&first->inode->lock);
	mutex_lock_nested(&second->inode->lock);
}

static void unlock_parents(struct dentry *first, struct dentry *second)
{
	mutex_unlock(&first->inode->lock);
	if (first == second)
		return;
	mutex_unlock(&second->inode->lock);
	mutex_unlock(&rename_lock);
}

/* One rename: where from, where to, and what is there (NULL: nothing). */
struct rename {
	struct walk from, to;
	unsigned flags;
	struct dentry *source, *target;
};

static int find_both(struct rename *r)
{
	int rc = r->from.at->inode->ops->lookup(r->from.at, r->from.component.name, &r->source);

	if (rc)
		return rc;
	rc = r->to.at->inode->ops->lookup(r->to.at, r->to.component.name, &r->target);
	return rc == -ENOENT ? 0 : rc;
}

/* The rules about names: what must be there, what must be a directory. */
static int check_names(const struct rename *r)
{
	bool exchange = r->flags & RENAME_EXCHANGE;

	if (r->target && (r->flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (exchange && !r->target)
		return -ENOENT;
	if (exchange && r->to.must_be_directory && !S_ISDIR(r->target->inode->mode))
		return -ENOTDIR;
	if (!S_ISDIR(r->source->inode->mode) &&
	    (r->from.must_be_directory || (r->to.must_be_directory && !exchange)))
		return -ENOTDIR;
	return 0;
}

/* No directory comes below itself, and none is replaced by what is in it. */
static int check_places(const struct rename *r)
{
	if (dentry_is_ancestor(r->source, r->to.at))
		return -EINVAL;
	if (r->target && dentry_is_ancestor(r->target, r->from.at))
		return r->flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	return 0;
}

static int check_types(const struct rename *r)
{
	int rc = names_check_removable(r->from.at, r->source);

	if (rc)
		return rc;
	if (!r->target)
		return r->to.at->removed ? -ENOENT : 0;
	if (!(r->flags & RENAME_EXCHANGE)) {
		bool source_directory = S_ISDIR(r->source->inode->mode);
		bool target_directory = S_ISDIR(r->target->inode->mode);

		if (source_directory != target_directory)
			return source_directory ? -ENOTDIR : -EISDIR;
	}
	return names_check_removable(r->to.at, r->target);
}

static int rename_locked(struct rename *r)
{
	const struct inode_ops *ops = r->from.at->inode->ops;
	int rc = find_both(r);

	if (rc == 0)
		rc = check_names(r);
	if (rc == 0)
		rc = check_places(r);
	if (rc)
		return rc;
	if (r->target && r->source->inode == r->target->inode)
		return 0; /* two names of one file: both stay */
	rc = check_types(r);
	if (rc)
		return rc;
	if (!ops->rename || !ops->exchange)
		return -EPERM;
	if (!(r->flags & RENAME_EXCHANGE))
		return ops->rename(r->from.at, r->source, r->to.at, r->to.component.name,
				   r->target);
	ops->exchange(r->source, r->target);
	return 0;
}

static int rename_at(struct rename *r)
{
	int rc = walk_to_last(&r->from);

	if (rc == 0)
		rc = walk_to_last(&r->to);
	if (rc)
		return rc;
	if (r->from.at->inode->device != r->to.at->inode->device)
		return -EXDEV;
	if (r->from.kind != WALK_NAME)
		return -EBUSY;
	if (r->to.kind != WALK_NAME)
		return r->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	lock_parents(r->from.at, r->to.at);
	rc = rename_locked(r);
	unlock_parents(r->from.at, r->to.at);
	if (r->source)
		dentry_put(r->source);
	if (r->target)
		dentry_put(r->target);
	return rc;
}

int vfs_rename(struct dentry *old_base, const char *old, struct dentry *new_base, const char *new,
	       unsigned flags)
{
	struct rename r = {.flags = flags};

	if (flags != 0 && flags != RENAME_NOREPLACE && flags != RENAME_EXCHANGE)
		return -EINVAL;
	int rc = walk_begin(&r.from, old_base, old);
	if (rc)
		return rc;
	rc = walk_begin(&r.to, new_base, new);
	if (rc == 0) {
		rc = rename_at(&r);
		walk_end(&r.to);
	}
	walk_end(&r.from);
	return rc;
}
