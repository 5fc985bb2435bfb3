/* SPDX-License-Identifier: MIT */
/* pwd: the working directory. */
#include "common.h"

int main(int argc, char **argv)
{
	char directory[4096];

	if (argc > 1 && strcmp(argv[1], "-P") && strcmp(argv[1], "-L"))
		usage("pwd");
	if (!getcwd(directory, sizeof(directory)))
		err(EXIT_FAILURE, "getcwd");
	puts(directory);
	return finish(EXIT_SUCCESS);
}
