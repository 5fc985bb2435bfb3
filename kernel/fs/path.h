/* SPDX-License-Identifier: MIT */
/*
 * A walk along a path. Operations that make or remove names need the directory and the last
 * component, not what it names: they walk to the last component and decide themselves, under the
 * directory's lock, what to do with it.
 */
#ifndef FS_PATH_H
#define FS_PATH_H

#include "fs/component.h"
#include "fs/vfs.h"

enum walk_kind {
	WALK_NAME,   /* `component.name` is to be looked up in `at` */
	WALK_DOT,    /* the path ends in ".": `at` itself */
	WALK_DOTDOT, /* it ends in "..": the parent of `at` */
	WALK_HERE,   /* nothing was left ("/", or a link of /proc to an object): `at` itself */
};

struct walk {
	struct dentry *at; /* referenced */
	const char *rest;  /* what is still to go, without leading slashes */
	char *spliced;     /* what `rest` points into once a link was followed, from kmalloc() */
	unsigned links;    /* followed so far */
	/* the component taken last, and what it is */
	struct path_component component;
	enum walk_kind kind;
	bool must_be_directory; /* a slash follows it */
};

/* -ENOENT for an empty path. On success the walk must be ended with walk_end(). */
int must_check walk_begin(struct walk *walk, struct dentry *base, const char *path);
/* Goes on to the last component and stops before it, following links on the way. */
int must_check walk_to_last(struct walk *walk);
/* Looks the component up in `at`; a referenced dentry or -ENOENT. */
int must_check walk_lookup(struct walk *walk, struct dentry **entry);
/* The last component turned out to be the symbolic link `link`: goes on to the last component of
 * where it leads. -ELOOP after SYMLOOP_MAX. */
int must_check walk_follow(struct walk *walk, struct dentry *link);
void walk_end(struct walk *walk);

#endif
