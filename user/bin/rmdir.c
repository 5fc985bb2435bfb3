/* SPDX-License-Identifier: MIT */
/* rmdir: removes empty directories. */
#include "common.h"

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	no_options(&argc, argv, "rmdir DIRECTORY...");
	if (argc < 2)
		usage("rmdir DIRECTORY...");
	for (int i = 1; i < argc; i++) {
		if (rmdir(argv[i])) {
			warn("%s", argv[i]);
			status = EXIT_FAILURE;
		}
	}
	return status;
}
