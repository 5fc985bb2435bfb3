/* SPDX-License-Identifier: MIT */
#include "fs/component.h"

const char *path_skip_slashes(const char *path)
{
	while (*path == '/')
		path++;
	return path;
}

const char *path_take(const char *path, struct path_component *component)
{
	const char *start = path;
	char *to = component->name, *end = to + NAME_MAX;

	for (char c = *path; c && c != '/'; c = *++path)
		if (to < end)
			*to++ = c;
	*to = '\0';
	component->length = path - start;
	component->slash = *path == '/';
	if (component->slash)
		path = path_skip_slashes(path);
	component->last = !*path;
	return path;
}
