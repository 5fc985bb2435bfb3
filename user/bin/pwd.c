/* SPDX-License-Identifier: MIT */
/* pwd: the working directory. */
#include "common.h"

int main(int argc, char **argv)
{
	char directory[4096];

	/* Without links in its way, whatever is asked for. */
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "-P") && strcmp(argv[i], "-L"))
			usage("pwd");
	if (!getcwd(directory, sizeof(directory)))
		err(EXIT_FAILURE, "getcwd");
	puts(directory);
	return finish(EXIT_SUCCESS);
}
