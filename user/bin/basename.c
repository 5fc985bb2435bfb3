/* SPDX-License-Identifier: MIT */
/* basename: the last part of a path, perhaps without its suffix. */
#include "common.h"

int main(int argc, char **argv)
{
	static const char usage_text[] = "basename PATH [SUFFIX]";
	size_t length, suffix;
	const char *name;

	no_options(&argc, argv, usage_text);
	if (argc < 2 || argc > 3)
		usage(usage_text);
	length = strlen(argv[1]);
	while (length > 1 && argv[1][length - 1] == '/')
		argv[1][--length] = '\0';
	name = !strcmp(argv[1], "/") ? argv[1] : base_name(argv[1]);
	length = strlen(name);
	suffix = argc == 3 ? strlen(argv[2]) : 0;
	if (suffix && suffix < length && !strcmp(name + length - suffix, argv[2]))
		length -= suffix;
	printf("%.*s\n", (int)length, name);
	return finish(EXIT_SUCCESS);
}
