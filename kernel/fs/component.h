/* SPDX-License-Identifier: MIT */
/*
 * Cutting a path into its components, and comparing names: text only, no tree. Tested on the host.
 *
 * A name's memory begins at a multiple of eight bytes and goes on in zeros, at least one, to the
 * next: so two names are compared a word at a time. With 7 instructions a byte, as strcmp() takes,
 * that was a tenth of an open(2).
 */
#ifndef FS_COMPONENT_H
#define FS_COMPONENT_H

#include "lib/abi/limits.h"
#include "lib/util.h"

#include <stdbool.h>
#include <stddef.h>

#define NAME_WORD         8
#define NAME_SIZE(length) ALIGN_UP((size_t)(length) + 1, NAME_WORD) /* with the zeros */

struct path_component {
	size_t length; /* 0: only slashes were left; above NAME_MAX: too long, `name` is cut */
	bool slash;    /* a slash follows: it must be a directory */
	bool last;     /* no component follows */
	char name[NAME_MAX + 1 + NAME_WORD] __attribute__((aligned(NAME_WORD)));
};

/* Cuts off the first component of `path`, which does not begin with a slash; returns what is
 * left, without leading slashes. */
const char *path_skip_slashes(const char *path);
const char *path_take(const char *path, struct path_component *component);
/* As strcmp(), of names. */
int name_order(const char *a, const char *b);

#endif
