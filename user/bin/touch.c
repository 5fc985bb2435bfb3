/* SPDX-License-Identifier: MIT */
/* touch: makes files that are not there, and sets the times of those that are to now. */
#include <sys/stat.h>

#include "common.h"

int main(int argc, char **argv)
{
	bool create = true;
	int status = EXIT_SUCCESS;
	int option;

	while ((option = getopt(argc, argv, "c")) != -1) {
		if (option != 'c')
			usage("touch [-c] FILE...");
		create = false;
	}
	if (optind == argc)
		usage("touch [-c] FILE...");
	for (int i = optind; i < argc; i++) {
		int fd;

		if (!utimensat(AT_FDCWD, argv[i], NULL, 0) || (errno == ENOENT && !create))
			continue;
		fd = errno == ENOENT ? open(argv[i], O_WRONLY | O_CREAT, 0666) : -1;
		if (fd < 0) {
			warn("%s", argv[i]);
			status = EXIT_FAILURE;
		} else {
			close(fd);
		}
	}
	return status;
}
