/* SPDX-License-Identifier: MIT */
/* cat: files one after the other. */
#include "common.h"

static const char usage_text[] = "cat [-n] [FILE...]";

static char buffer[BUFFER_SIZE];
static bool number_lines;

/* With -n each line is preceded by its number, counted over all files. */
static void put_numbered(const char *data, size_t size)
{
	static unsigned long number;
	static bool inside_line;

	for (size_t i = 0; i < size; i++) {
		if (!inside_line)
			printf("%6lu\t", ++number);
		inside_line = data[i] != '\n';
		putchar(data[i]);
	}
}

static int cat(const char *path)
{
	int fd = open_input(path);
	ssize_t got;

	if (fd < 0)
		return EXIT_FAILURE;
	while ((got = read_some(fd, buffer, sizeof(buffer))) > 0) {
		if (number_lines)
			put_numbered(buffer, (size_t)got);
		else
			put_out(buffer, (size_t)got);
		/* What is typed at a terminal is to be seen at once. */
		if (number_lines)
			fflush(stdout);
		check_output();
	}
	if (got < 0)
		warn("%s", path);
	close_input(fd);
	return got < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;
	int option;

	while ((option = getopt(argc, argv, "nu")) != -1) {
		if (option == 'n')
			number_lines = true;
		else if (option != 'u') /* unbuffered, which it is anyway */
			usage(usage_text);
	}
	if (optind == argc)
		status = cat("-");
	for (int i = optind; i < argc; i++)
		status |= cat(argv[i]);
	return finish(status);
}
