/* SPDX-License-Identifier: MIT */
/* dirname: a path without its last part. */
#include "common.h"

int main(int argc, char **argv)
{
	static const char usage_text[] = "dirname PATH";
	size_t length;

	no_options(&argc, argv, usage_text);
	if (argc != 2)
		usage(usage_text);
	length = strlen(argv[1]);
	while (length > 1 && argv[1][length - 1] == '/')
		length--;
	while (length && argv[1][length - 1] != '/')
		length--;
	while (length > 1 && argv[1][length - 1] == '/')
		length--;
	if (length)
		printf("%.*s\n", (int)length, argv[1]);
	else
		puts(".");
	return finish(EXIT_SUCCESS);
}
