/* SPDX-License-Identifier: MIT */
/* tee: standard input to standard output and to files. */
#include "common.h"

int main(int argc, char **argv)
{
	static char buffer[BUFFER_SIZE];
	int flags = O_WRONLY | O_CREAT | O_TRUNC;
	int status = EXIT_SUCCESS;
	int option, count;
	ssize_t got;

	while ((option = getopt(argc, argv, "a")) != -1) {
		if (option != 'a')
			usage("tee [-a] [FILE...]");
		flags = O_WRONLY | O_CREAT | O_APPEND;
	}
	count = argc - optind;

	int fds[count + 1];

	for (int i = 0; i < count; i++) {
		fds[i] = open(argv[optind + i], flags, 0666);
		if (fds[i] < 0) {
			warn("%s", argv[optind + i]);
			status = EXIT_FAILURE;
		}
	}
	while ((got = read_some(STDIN_FILENO, buffer, sizeof(buffer))) > 0) {
		put_out(buffer, (size_t)got);
		for (int i = 0; i < count; i++) {
			if (fds[i] < 0 || !write_all(fds[i], buffer, (size_t)got))
				continue;
			warn("%s", argv[optind + i]);
			status = EXIT_FAILURE;
			close(fds[i]);
			fds[i] = -1;
		}
	}
	if (got < 0)
		err(EXIT_FAILURE, "standard input");
	return status;
}
