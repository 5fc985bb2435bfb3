/* SPDX-License-Identifier: MIT */
/* mkfifo: makes pipes that have names. */
#include <sys/stat.h>

#include "common.h"

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	no_options(&argc, argv, "mkfifo NAME...");
	if (argc < 2)
		usage("mkfifo NAME...");
	for (int i = 1; i < argc; i++) {
		if (mkfifo(argv[i], 0666)) {
			warn("%s", argv[i]);
			status = EXIT_FAILURE;
		}
	}
	return status;
}
