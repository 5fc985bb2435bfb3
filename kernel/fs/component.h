/* SPDX-License-Identifier: MIT */
/* Cutting a path into its components: text only, no tree. Tested on the host. */
#ifndef FS_COMPONENT_H
#define FS_COMPONENT_H

#include <stdbool.h>
#include <stddef.h>

struct path_component {
	const char *name; /* in the path, not terminated */
	size_t length;    /* 0: nothing but slashes was left */
	bool slash;       /* a slash follows: it must be a directory */
	bool last;        /* no component follows */
};

/* Cuts off the first component of `path`; returns what is left, without leading slashes. */
const char *path_take(const char *path, struct path_component *component);

#endif
