/* SPDX-License-Identifier: MIT */
/* env: shows the environment, or runs a program in a changed one. */
#include "common.h"

extern char **environ;

int main(int argc, char **argv)
{
	static const char usage_text[] =
		"env [-i] [-u NAME]... [NAME=VALUE...] [PROGRAM [ARGUMENT...]]";
	int option;

	while ((option = getopt(argc, argv, "+iu:")) != -1) {
		if (option == 'i')
			clearenv();
		else if (option == 'u')
			unsetenv(optarg);
		else
			usage(usage_text);
	}
	while (optind < argc && strchr(argv[optind], '='))
		putenv(argv[optind++]);
	if (optind < argc) {
		execvp(argv[optind], argv + optind);
		err(errno == ENOENT ? 127 : 126, "%s", argv[optind]);
	}
	for (char **entry = environ; entry && *entry; entry++)
		puts(*entry);
	return finish(EXIT_SUCCESS);
}
