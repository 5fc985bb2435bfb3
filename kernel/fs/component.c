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
	const char *start = skip_slashes(path), *end = start;

	while (*end && *end != '/')
		end++;
	component->name = start;
	component->length = end - start;
	component->slash = *end == '/';
	end = skip_slashes(end);
	component->last = !*end;
	return end;
}
