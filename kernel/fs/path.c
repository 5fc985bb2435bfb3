/* SPDX-License-Identifier: MIT */
/*
 * Path lookup. A symbolic link's text is spliced in front of what is left of the path, so that
 * forty links deep needs no more stack than one.
 */
#include "fs/path.h"

#include "arch/rare.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

int walk_begin(struct walk *walk, struct dentry *base, const char *path)
{
	if (!*path)
		return -ENOENT;
	walk->at = *path == '/' || !base ? vfs_root() : base;
	dentry_get(walk->at);
	walk->rest = path_skip_slashes(path);
	walk->spliced = NULL;
	walk->links = 0;
	walk->must_be_directory = false;
	return 0;
}

void walk_end(struct walk *walk)
{
	dentry_put(walk->at);
	kfree(walk->spliced);
}

/* Moves the walk to `entry`, taking over its reference. */
static void walk_move(struct walk *walk, struct dentry *entry)
{
	dentry_put(walk->at);
	walk->at = entry;
}

int walk_lookup(struct walk *walk, struct dentry **entry)
{
	struct inode *directory = walk->at->inode;

	mutex_lock(&directory->lock);
	int rc = directory->ops->lookup(walk->at, walk->component.name, entry);
	mutex_unlock(&directory->lock);
	return rc;
}

/* The text of a link in new memory, with room for `extra` bytes more. Its length, or -errno. */
static long link_text(struct inode *link, size_t extra, char **text)
{
	/* /proc's links may be up to PATH_MAX; those of tmpfs say how long they are. */
	size_t size = link->target ? strlen(link->target) : PATH_MAX;

	*text = kmalloc(size + extra);
	if (!*text)
		return -ENOMEM;
	long length = vfs_read_link(link, *text, size);
	if (length == 0)
		length = -ENOENT;
	if (length < 0)
		kfree(*text);
	return length;
}

/* Puts a link's text before the rest of the path. */
static int walk_splice(struct walk *walk, struct inode *link)
{
	size_t rest = strlen(walk->rest);
	char *text;
	long length = link_text(link, rest + 2, &text);

	if (length < 0)
		return length;
	if (walk->must_be_directory)
		text[length++] = '/';
	memcpy(text + length, walk->rest, rest + 1);
	if (*text == '/') {
		dentry_get(vfs_root());
		walk_move(walk, vfs_root());
	}
	kfree(walk->spliced);
	walk->spliced = text;
	walk->rest = path_skip_slashes(text);
	return 0;
}

/* Goes where `link`, found in `at`, leads: sets `at` and `rest`. Out of line: most paths have no
 * link. */
static __attribute__((noinline)) int walk_through(struct walk *walk, struct dentry *link)
{
	struct inode *inode = link->inode;
	struct dentry *target;

	if (++walk->links > SYMLOOP_MAX)
		return -ELOOP;
	if (!inode->ops || !inode->ops->follow_link)
		return walk_splice(walk, inode);
	int rc = inode->ops->follow_link(inode, &target);
	if (rc == 0)
		walk_move(walk, target);
	return rc;
}

/* What a component with a dot in front is. */
static enum walk_kind dotted_kind(const char *name)
{
	if (name[1] == '\0')
		return WALK_DOT;
	return name[1] == '.' && name[2] == '\0' ? WALK_DOTDOT : WALK_NAME;
}

/* Takes the next component. */
static int walk_take(struct walk *walk)
{
	struct path_component *component = &walk->component;

	walk->rest = path_take(walk->rest, component);
	if (component->length == 0) {
		walk->kind = WALK_HERE;
		return 0;
	}
	if (!S_ISDIR(walk->at->inode->mode))
		return -ENOTDIR;
	if (component->length > NAME_MAX)
		return -ENAMETOOLONG;
	walk->must_be_directory = component->slash;
	walk->kind = component->name[0] == '.' ? dotted_kind(component->name) : WALK_NAME;
	return 0;
}

/* Goes into the component taken, which is not the last. */
static int walk_into(struct walk *walk)
{
	struct dentry *entry;

	if (walk->kind == WALK_DOT)
		return 0;
	if (walk->kind == WALK_DOTDOT) {
		walk_move(walk, dentry_parent(walk->at));
		return 0;
	}
	int rc = walk_lookup(walk, &entry);
	if (rc)
		return rc;
	if (!S_ISLNK(entry->inode->mode)) {
		walk_move(walk, entry);
		return 0;
	}
	rc = walk_through(walk, entry);
	dentry_put(entry);
	return rc;
}

HOT int walk_to_last(struct walk *walk)
{
	for (;;) {
		int rc = walk_take(walk);

		if (rc || walk->component.last)
			return rc;
		rc = walk_into(walk);
		if (rc)
			return rc;
	}
}

int walk_follow(struct walk *walk, struct dentry *link)
{
	int rc = walk_through(walk, link);

	return rc ? rc : walk_to_last(walk);
}

/* What the walk's last component names, links followed if asked. */
static int walk_finish(struct walk *walk, bool follow, struct dentry **result)
{
	int rc = walk_to_last(walk);

	while (rc == 0 && walk->kind == WALK_NAME) {
		struct dentry *entry;

		rc = walk_lookup(walk, &entry);
		if (rc)
			return rc;
		if (!S_ISLNK(entry->inode->mode) || !(follow || walk->must_be_directory)) {
			*result = entry;
			return 0;
		}
		rc = walk_follow(walk, entry);
		dentry_put(entry);
	}
	if (rc)
		return rc;
	if (walk->kind == WALK_DOTDOT) {
		*result = dentry_parent(walk->at);
	} else {
		*result = walk->at;
		dentry_get(walk->at);
	}
	return 0;
}

int path_lookup(struct dentry *base, const char *path, unsigned flags, struct dentry **result)
{
	struct walk walk;
	struct dentry *found = NULL;
	int rc = walk_begin(&walk, base, path);

	if (rc)
		return rc;
	rc = walk_finish(&walk, flags & LOOKUP_FOLLOW, &found);
	bool directory = walk.must_be_directory || (flags & LOOKUP_DIRECTORY);
	walk_end(&walk);
	if (rc)
		return rc;
	if (directory && !S_ISDIR(found->inode->mode)) {
		dentry_put(found);
		return -ENOTDIR;
	}
	*result = found;
	return 0;
}
