/* SPDX-License-Identifier: MIT */
/* head: the first lines or bytes of files. */
#include "common.h"

static const char usage_text[] = "head [-n LINES | -c BYTES] [FILE...]";

static char buffer[BUFFER_SIZE];

/* The part of the data that belongs to the first *left lines or bytes, which it counts down. */
static size_t take(const char *data, size_t size, bool bytes, long *left)
{
	const char *p = data, *end = data + size;

	if (bytes) {
		if ((long)size > *left)
			size = (size_t)*left;
		*left -= (long)size;
		return size;
	}
	while (*left > 0 && p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));

		p = newline ? newline + 1 : end;
		*left -= newline != NULL;
	}
	return (size_t)(p - data);
}

/* Between several files stands which is which. */
static void show_title(const char *path)
{
	static bool any;

	printf("%s==> %s <==\n", any ? "\n" : "", path);
	fflush(stdout);
	any = true;
}

static int head(const char *path, bool titled, bool bytes, long left)
{
	int fd = open_input(path);
	ssize_t got = 0;

	if (fd < 0)
		return EXIT_FAILURE;
	if (titled)
		show_title(path);
	while (left > 0 && (got = read_some(fd, buffer, sizeof(buffer))) > 0) {
		size_t taken = take(buffer, (size_t)got, bytes, &left);

		put_out(buffer, taken);
		/* What was read too much is for whoever reads the same file next. */
		if ((size_t)got > taken)
			lseek(fd, -(off_t)((size_t)got - taken), SEEK_CUR);
	}
	if (got < 0)
		warn("%s", path);
	close_input(fd);
	return got < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;
	bool bytes = false;
	long count = 10;
	int option;

	if (argc > 1 && argv[1][0] == '-' && argv[1][1] >= '0' && argv[1][1] <= '9') {
		count = number_argument(argv[1] + 1, 0);
		optind = 2;
	}
	while ((option = getopt(argc, argv, "n:c:")) != -1) {
		if (option == '?')
			usage(usage_text);
		bytes = option == 'c';
		count = number_argument(optarg, 0);
	}
	if (optind == argc)
		return head("-", false, bytes, count);
	for (int i = optind; i < argc; i++)
		status |= head(argv[i], argc - optind > 1, bytes, count);

	return finish(status);
}
