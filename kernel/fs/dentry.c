/* SPDX-License-Identifier: MIT */
/*
 * Dentries: their life, and the way from one up to the root. See fs/vfs.h for what protects them.
 *
 * A dentry lives as long as somebody refers to it: its directory's tree (tmpfs, while the name
 * exists), an open file, a working directory, its own children. The children's reference keeps a
 * path readable even after `rm -r` under a process that works there.
 */
#include "fs/dentry.h"

#include "base/assert.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "lib/vsnprintf.h"
#include "mm/slab.h"

struct spinlock names_lock = SPINLOCK_INIT("dentry names", RANK_FS);
static struct slab_cache dentry_cache;
static struct dentry *root; /* const after vfs_init() */

void dentry_init(struct inode *root_inode)
{
	slab_cache_init(&dentry_cache, "dentry", sizeof(struct dentry), 0);
	root = dentry_create(NULL, "", root_inode);
	if (!root)
		panic("no memory for the root directory");
	root->parent = root;
}

struct dentry *vfs_root(void)
{
	return root;
}

char *dentry_name_copy(const char *name)
{
	size_t length = strlen(name);
	char *copy = kzalloc(NAME_SIZE(length));

	return copy ? memcpy(copy, name, length) : NULL;
}

struct dentry *dentry_create(struct dentry *parent, const char *name, struct inode *inode)
{
	struct dentry *dentry = slab_alloc(&dentry_cache);

	if (!dentry)
		return NULL;
	*dentry = (struct dentry){.inode = inode};
	ref_init(&dentry->references);
	if (name) {
		dentry->name = dentry_name_copy(name);
		if (!dentry->name) {
			slab_free(&dentry_cache, dentry);
			return NULL;
		}
	}
	if (parent) {
		dentry_get(parent);
		dentry->parent = parent;
	}
	return dentry;
}

__attribute__((noinline)) void dentry_free(struct dentry *dentry)
{
	/* A loop, not recursion: a removed tree may be thousands of directories deep. */
	do {
		struct dentry *parent = dentry->parent;

		ASSERT(dentry != root && !tree_linked(&dentry->name_node));
		inode_put(dentry->inode);
		kfree(dentry->name);
		slab_free(&dentry_cache, dentry);
		dentry = parent;
	} while (dentry && ref_put(&dentry->references));
}

struct dentry *dentry_parent(struct dentry *dentry)
{
	spin_lock(&names_lock);
	struct dentry *parent = dentry->parent ? dentry->parent : dentry;
	dentry_get(parent);
	spin_unlock(&names_lock);
	return parent;
}

bool dentry_is_ancestor(struct dentry *ancestor, struct dentry *dentry)
{
	spin_lock(&names_lock);
	while (dentry != ancestor && dentry != dentry->parent)
		dentry = dentry->parent;
	spin_unlock(&names_lock);
	return dentry == ancestor;
}

/* Pipes and sockets have no name: "pipe:[17]". */
static long path_of_nameless(struct dentry *dentry, char *buffer, size_t size)
{
	const char *type = S_ISFIFO(dentry->inode->mode) ? "pipe" : "socket";
	long length = snprintf(buffer, size, "%s:[%lu]", type, dentry->inode->number);

	return length < (long)size ? length : -ENAMETOOLONG;
}

/* Puts `text` before the text that starts at buffer[start]; the new start, or -ENAMETOOLONG. */
static long prepend(char *buffer, long start, const char *text)
{
	long length = strlen(text);

	if (start < length)
		return -ENAMETOOLONG;
	memcpy(buffer + start - length, text, length);
	return start - length;
}

/* The path of `dentry` at the end of the buffer, without the NUL: where it starts. */
static long build_path_locked(struct dentry *dentry, char *buffer, long start)
{
	assert_held(&names_lock);
	if (dentry == root)
		return prepend(buffer, start, "/");
	if (dentry->removed)
		start = prepend(buffer, start, " (deleted)");
	while (dentry != root && start >= 0) {
		start = prepend(buffer, start, dentry->name);
		if (start >= 0)
			start = prepend(buffer, start, "/");
		dentry = dentry->parent;
	}
	return start;
}

long dentry_path(struct dentry *dentry, char *buffer, size_t size)
{
	if (!dentry->parent) /* const for the nameless */
		return path_of_nameless(dentry, buffer, size);
	if (size == 0)
		return -ENAMETOOLONG;
	spin_lock(&names_lock);
	long start = build_path_locked(dentry, buffer, size - 1);
	spin_unlock(&names_lock);
	if (start < 0)
		return start;
	long length = size - 1 - start;
	memmove(buffer, buffer + start, length);
	buffer[length] = '\0';
	return length;
}
