/* SPDX-License-Identifier: MIT */
/* ln: gives a file one more name, or with -s makes a file that points to it. */
#include "fileops.h"

static const char usage_text[] = "ln [-sf] TARGET NAME  or  ln [-sf] TARGET... DIRECTORY";

struct options {
	bool symbolic;
	bool force;
};

static int link_one(void *context, const char *target, const char *name)
{
	const struct options *options = context;

	if (options->force && unlink(name) && errno != ENOENT) {
		warn("%s", name);
		return -1;
	}
	if (options->symbolic ? symlink(target, name) : link(target, name)) {
		warn("%s", name);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	char *with_here[2];
	int option;

	while ((option = getopt(argc, argv, "sf")) != -1) {
		if (option == '?')
			usage(usage_text);
		options.symbolic |= option == 's';
		options.force |= option == 'f';
	}
	/* ln TARGET alone: of the same name, here. */
	if (argc - optind == 1) {
		with_here[0] = argv[optind];
		with_here[1] = ".";
		return for_each_source(2, with_here, usage_text, &options, link_one);
	}
	return for_each_source(argc - optind, argv + optind, usage_text, &options, link_one);
}
