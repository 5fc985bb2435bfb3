/* SPDX-License-Identifier: MIT */
#include "fs/component.h"

static const char *skip_slashes(const char *path)
{
	while (*path == '/')
		path++;
	return path;
}

const char *path_take(const char *path, struct path_component *component)
{
	size_t length = 0;

	for (path = skip_slashes(path); *path && *path != '/'; path++) {
		if (length < NAME_MAX)
			component->name[length] = *path;
		length++;
	}
	component->name[length < NAME_MAX ? length : NAME_MAX] = '\0';
	component->length = length;
	component->slash = *path == '/';
	path = skip_slashes(path);
	component->last = !*path;
	return path;
}
