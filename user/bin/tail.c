/* SPDX-License-Identifier: MIT */
/*
 * tail: the last lines or bytes of files, and with -f what is added to one.
 *
 * A file that can seek is read backwards from its end; of anything else the last part is kept in
 * memory while all of it is read.
 */
#include <sys/stat.h>
#include <time.h>

#include "common.h"

static const char usage_text[] = "tail [-f] [-n [+]LINES | -c [+]BYTES] [FILE...]";

static char buffer[BUFFER_SIZE];

static struct {
	bool bytes;      /* count bytes, not lines */
	bool from_start; /* +N: begin at line or byte N */
	long count;
	bool follow;
} options = {.count = 10};

static int copy_rest(int fd, const char *path)
{
	ssize_t got;

	while ((got = read_some(fd, buffer, sizeof(buffer))) > 0)
		put_out(buffer, (size_t)got);
	if (got < 0)
		warn("%s", path);
	return got < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* +N : drops what comes before, then copies. */
static int tail_from_start(int fd, const char *path)
{
	long skip = options.count > 0 ? options.count - 1 : 0;
	ssize_t got;

	while (skip > 0 && (got = read_some(fd, buffer, sizeof(buffer))) > 0) {
		ssize_t i = 0;

		for (; i < got && skip > 0; i++)
			skip -= options.bytes || buffer[i] == '\n';
		put_out(buffer + i, (size_t)(got - i));
	}
	return copy_rest(fd, path);
}

/* Where in the data the last `count` lines begin; *count becomes 0 if they all are there. */
static size_t last_lines(const char *data, size_t size, long *count, bool at_end)
{
	size_t i = size;

	/* The newline at the very end belongs to the last line. */
	if (at_end && i && data[i - 1] == '\n')
		i--;
	while (i > 0) {
		if (data[i - 1] == '\n' && --*count == 0)
			return i;
		i--;
	}
	return 0;
}

static int tail_seekable(int fd, const char *path, off_t size)
{
	long count = options.count;
	off_t start = size;

	if (options.bytes) {
		start = count < size ? size - count : 0;
	} else {
		while (start > 0 && count > 0) {
			size_t length = start < BUFFER_SIZE ? (size_t)start : BUFFER_SIZE;
			bool at_end = start == size;

			start -= (off_t)length;
			if (pread(fd, buffer, length, start) != (ssize_t)length) {
				warn("%s", path);
				return EXIT_FAILURE;
			}
			start += (off_t)last_lines(buffer, length, &count, at_end);
		}
	}
	lseek(fd, start, SEEK_SET);
	return copy_rest(fd, path);
}

/* Where what is asked for begins in the last `length` bytes. */
static size_t last_part(const char *data, size_t length)
{
	long count = options.count;

	if (options.bytes)
		return (size_t)count < length ? length - (size_t)count : 0;
	return count ? last_lines(data, length, &count, true) : length;
}

static int tail_stream(int fd, const char *path)
{
	size_t capacity = BUFFER_SIZE, length = 0, start;
	char *data = check_memory(malloc(capacity));
	ssize_t got;

	while ((got = read_some(fd, data + length, capacity - length)) > 0) {
		length += (size_t)got;
		if (length < capacity)
			continue;
		/* Full: forget what cannot be part of the result, or else grow. */
		start = last_part(data, length);
		if (start > length / 2) {
			memmove(data, data + start, length - start);
			length -= start;
		} else {
			capacity *= 2;
			data = check_memory(realloc(data, capacity));
		}
	}
	if (got < 0)
		warn("%s", path);
	start = last_part(data, length);
	put_out(data + start, length - start);
	free(data);
	return got < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void follow(int fd, const char *path)
{
	const struct timespec pause = {.tv_nsec = 200000000};

	for (;;) {
		struct stat st;

		if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size < lseek(fd, 0, SEEK_CUR)) {
			warnx("%s: file truncated", path);
			lseek(fd, 0, SEEK_SET);
		}
		if (copy_rest(fd, path))
			exit(EXIT_FAILURE);
		nanosleep(&pause, NULL);
	}
}

/* Between several files stands which is which. */
static void show_title(const char *path)
{
	static bool any;

	printf("%s==> %s <==\n", any ? "\n" : "", path);
	fflush(stdout);
	any = true;
}

static int tail(const char *path, bool titled)
{
	int fd = open_input(path);
	struct stat st;
	int status;

	if (fd < 0)
		return EXIT_FAILURE;
	if (titled)
		show_title(path);
	if (options.from_start)
		status = tail_from_start(fd, path);
	else if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0)
		status = tail_seekable(fd, path, st.st_size);
	else
		status = tail_stream(fd, path);
	if (options.follow)
		follow(fd, path);
	close_input(fd);
	return status;
}

static void set_count(const char *text)
{
	options.from_start = *text == '+';
	options.count = number_argument(text + (*text == '+' || *text == '-'), 0);
}

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;
	int option;

	if (argc > 1 && argv[1][0] == '-' && argv[1][1] >= '0' && argv[1][1] <= '9') {
		set_count(argv[1] + 1);
		optind = 2;
	}
	while ((option = getopt(argc, argv, "fn:c:")) != -1) {
		if (option == '?')
			usage(usage_text);
		if (option == 'f') {
			options.follow = true;
		} else {
			options.bytes = option == 'c';
			set_count(optarg);
		}
	}
	if (options.follow && argc - optind > 1)
		errx(EXIT_USAGE, "-f follows one file only");
	if (optind == argc)
		return tail("-", false);
	for (int i = optind; i < argc; i++)
		status |= tail(argv[i], argc - optind > 1);
	return finish(status);
}
