/* SPDX-License-Identifier: MIT */
/* rm: removes files, and with -r directories and all in them. */
#include "fileops.h"

static const char usage_text[] = "rm [-rf] FILE...";

/* What nobody means: /, . and .. */
static bool is_precious(const char *path)
{
	const char *name;

	if (!path[strspn(path, "/")])
		return *path;
	name = base_name(path);
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int remove_one(const char *path, bool recursive, bool force)
{
	struct stat st;

	if (is_precious(path)) {
		warnx("%s: refusing to remove it", path);
		return -1;
	}
	if (lstat(path, &st)) {
		if (force && (errno == ENOENT || errno == ENOTDIR))
			return 0;
		warn("%s", path);
		return -1;
	}
	if (S_ISDIR(st.st_mode) && !recursive) {
		warnx("%s: is a directory (-r removes it)", path);
		return -1;
	}
	return tree_remove(path);
}

int main(int argc, char **argv)
{
	bool recursive = false, force = false;
	int result = 0;
	int option;

	while ((option = getopt(argc, argv, "rRf")) != -1) {
		if (option == '?')
			usage(usage_text);
		force |= option == 'f';
		recursive |= option != 'f';
	}
	if (optind == argc && !force)
		usage(usage_text);
	for (int i = optind; i < argc; i++) {
		size_t length = strlen(argv[i]);

		while (length > 1 && argv[i][length - 1] == '/')
			argv[i][--length] = '\0';
		result |= remove_one(argv[i], recursive, force);
	}
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}
