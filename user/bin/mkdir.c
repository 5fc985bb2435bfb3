/* SPDX-License-Identifier: MIT */
/* mkdir: makes directories, and with -p those above them. */
#include <sys/stat.h>

#include "common.h"

static const char usage_text[] = "mkdir [-p] [-m MODE] DIRECTORY...";

static int make(const char *path, mode_t mode, bool may_exist)
{
	struct stat st;

	if (!mkdir(path, mode))
		return 0;
	if (may_exist && errno == EEXIST && !stat(path, &st) && S_ISDIR(st.st_mode))
		return 0;
	warn("%s", path);
	return -1;
}

static int make_with_parents(char *path, mode_t mode)
{
	for (char *slash = path + 1; *path && (slash = strchr(slash, '/')); slash++) {
		int result;

		*slash = '\0';
		result = make(path, 0777, true);
		*slash = '/';
		if (result)
			return result;
	}
	return make(path, mode, true);
}

int main(int argc, char **argv)
{
	bool parents = false, has_mode = false;
	unsigned long mode = 0777;
	int result = 0;
	char *end;
	int option;

	while ((option = getopt(argc, argv, "pm:")) != -1) {
		if (option == '?')
			usage(usage_text);
		if (option == 'p') {
			parents = true;
			continue;
		}
		mode = strtoul(optarg, &end, 8);
		has_mode = true;
		if (!*optarg || *end || mode > 07777)
			errx(EXIT_USAGE, "%s: not an octal mode", optarg);
	}
	if (optind == argc)
		usage(usage_text);
	for (int i = optind; i < argc; i++) {
		int one = parents ? make_with_parents(argv[i], (mode_t)mode)
				  : make(argv[i], (mode_t)mode, false);

		/* The umask has no say in a mode that was asked for. */
		if (!one && has_mode && chmod(argv[i], (mode_t)mode)) {
			warn("%s", argv[i]);
			one = -1;
		}
		result |= one;
	}
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}
