/* SPDX-License-Identifier: MIT */
/* cp: copies files, and with -r directories. */
#include "fileops.h"

static const char usage_text[] = "cp [-rfpa] FROM TO  or  cp [-rfpa] FROM... DIRECTORY";

static int copy_one(void *context, const char *from, const char *to)
{
	struct copy *copy = context;

	copy->has_root = false;
	/* A link named on the command line is followed, one found on the way is not. */
	return tree_copy(copy, from, to, !copy->recursive);
}

int main(int argc, char **argv)
{
	struct copy copy = {0};
	int option;

	while ((option = getopt(argc, argv, "rRfpa")) != -1) {
		switch (option) {
		case 'r':
		case 'R':
			copy.recursive = true;
			break;
		case 'f':
			copy.force = true;
			break;
		case 'p':
			copy.preserve = true;
			break;
		case 'a':
			copy.recursive = copy.preserve = true;
			break;
		default:
			usage(usage_text);
		}
	}
	return for_each_source(argc - optind, argv + optind, usage_text, &copy, copy_one);
}
