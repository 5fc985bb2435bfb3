/* SPDX-License-Identifier: MIT */
/* Cutting a path into its components: text only, no tree. Tested on the host. */
#ifndef FS_COMPONENT_H
#define FS_COMPONENT_H

#include "lib/abi/limits.h"

#include <stdbool.h>
#include <stddef.h>

struct path_component {
	size_t length; /* 0: only slashes were left; above NAME_MAX: too long, `name` is cut */
	bool slash;    /* a slash follows: it must be a directory */
	bool last;     /* no component follows */
	char name[NAME_MAX + 1];
};

/* Cuts off the first component of `path`, which does not begin with a slash; returns what is
 * left, without leading slashes. */
const char *path_skip_slashes(const char *path);
const char *path_take(const char *path, struct path_component *component);

#endif
