/* SPDX-License-Identifier: MIT */
/* mv: renames files, or copies and removes them where the target is on another file system. */
#include "fileops.h"

static const char usage_text[] = "mv [-f] FROM TO  or  mv [-f] FROM... DIRECTORY";

static int move_one(void *context, const char *from, const char *to)
{
	struct copy copy = {.recursive = true, .force = true, .preserve = true};
	struct stat st;

	(void)context;
	if (!rename(from, to))
		return 0;
	if (errno != EXDEV || lstat(from, &st)) {
		warn("%s to %s", from, to);
		return -1;
	}
	if (refuse_copy(&copy, from, to, &st))
		return -1;
	/* As rename() does: an empty directory makes way for a directory, a file for a file. */
	if ((S_ISDIR(st.st_mode) ? rmdir(to) : unlink(to)) && errno != ENOENT) {
		warn("%s", to);
		return -1;
	}
	if (tree_copy(&copy, from, to, false))
		return -1;
	return tree_remove(from);
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "f")) != -1)
		if (option != 'f') /* nothing is ever asked anyway */
			usage(usage_text);
	return for_each_source(argc - optind, argv + optind, usage_text, NULL, move_one);
}
