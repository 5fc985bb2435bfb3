/* SPDX-License-Identifier: MIT */
/* ln: gives a file one more name, or with -s makes a file that points to it. */
#include "fileops.h"

static const char usage_text[] = "ln [-sf] TARGET NAME  or  ln [-sf] TARGET... DIRECTORY";

struct options {
	bool symbolic;
	bool force;
};

static int make_link(const struct options *options, const char *target, const char *name)
{
	return options->symbolic ? symlink(target, name) : link(target, name);
}

/* The name is taken: it goes, but not if it is the very file that it is to lead to. */
static int replace(const struct options *options, const char *target, const char *name)
{
	struct stat wanted, there;

	if (!(options->symbolic ? stat(target, &wanted) : lstat(target, &wanted)) &&
	    !lstat(name, &there) && same_file(&wanted, &there)) {
		if (!options->symbolic && there.st_nlink > 1)
			return 0; /* so it is already */
		warnx("%s and %s are the same file", target, name);
		return -1;
	}
	if (!unlink(name) && !make_link(options, target, name))
		return 0;
	warn("%s", name);
	return -1;
}

static int link_one(void *context, const char *target, const char *name)
{
	const struct options *options = context;

	if (!make_link(options, target, name))
		return 0;
	if (errno == EEXIST && options->force)
		return replace(options, target, name);
	warn("%s", name);
	return -1;
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
