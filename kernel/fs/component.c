/* SPDX-License-Identifier: MIT */
#include "fs/component.h"

#include "lib/string.h"

/* Eight bytes of text. */
typedef uint64_t __attribute__((may_alias)) name_word;
typedef uint64_t __attribute__((may_alias, aligned(1))) any_word;

const char *path_skip_slashes(const char *path)
{
	while (*path == '/')
		path++;
	return path;
}

const char *path_take(const char *path, struct path_component *component)
{
	const char *start = path;

	while (*path && *path != '/')
		path++;
	component->length = path - start;
	size_t kept = MIN(component->length, (size_t)NAME_MAX);
	memcpy(component->name, start, kept);
	*(any_word *)(component->name + kept) = 0; /* as far as the padding goes, and further */
	component->slash = *path == '/';
	if (component->slash)
		path = path_skip_slashes(path + 1);
	component->last = !*path;
	return path;
}

int name_order(const char *a, const char *b)
{
	const name_word *p = (const name_word *)a, *q = (const name_word *)b;

	for (; *p == *q; p++, q++)
		if (*p >> 56 == 0) /* the last of the eight bytes */
			return 0;
	return __builtin_bswap64(*p) < __builtin_bswap64(*q) ? -1 : 1;
}
