/* SPDX-License-Identifier: MIT */
/* What many programs here need: usage, reading and writing all of it, and ending well. */
#ifndef USER_BIN_COMMON_H
#define USER_BIN_COMMON_H

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_USAGE  2
#define BUFFER_SIZE 65536

/* The status when the output cannot be written, unless it means something else to the program. */
#ifndef EXIT_NO_OUTPUT
#define EXIT_NO_OUTPUT EXIT_FAILURE
#endif

/* Prints "usage: TEXT" and ends. */
static inline void __attribute__((noreturn)) usage(const char *text)
{
	fprintf(stderr, "usage: %s\n", text);
	exit(EXIT_USAGE);
}

/*
 * For programs without options: --help, or anything else that looks like one, shows the usage; --
 * is taken out.
 */
static inline void no_options(int *argc, char **argv, const char *text)
{
	if (*argc < 2 || argv[1][0] != '-' || !argv[1][1])
		return;
	if (strcmp(argv[1], "--"))
		usage(text);
	memmove(argv + 1, argv + 2, (size_t)-- * argc * sizeof(*argv));
}

/* Like write, but all of it; 0 or -1 with errno. */
static inline int write_all(int fd, const void *data, size_t size)
{
	const char *from = data;

	while (size) {
		ssize_t written = write(fd, from, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		from += written;
		size -= (size_t)written;
	}
	return 0;
}

/* Like read, but not ended by a signal. */
static inline ssize_t read_some(int fd, void *data, size_t size)
{
	ssize_t got;

	do
		got = read(fd, data, size);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Ends the program because standard output cannot be written; without words if nobody reads it. */
static inline void __attribute__((noreturn)) output_failed(void)
{
	if (errno == EPIPE)
		_exit(EXIT_NO_OUTPUT);
	err(EXIT_NO_OUTPUT, "write error");
}

static inline void put_out(const void *data, size_t size)
{
	if (write_all(STDOUT_FILENO, data, size))
		output_failed();
}

/* In a loop that may have no end: what can no longer be written is not gone on with. */
static inline void check_output(void)
{
	if (ferror(stdout))
		output_failed();
}

/* To be returned from main by programs that print with stdio. */
static inline int finish(int status)
{
	if (fflush(stdout) || ferror(stdout))
		output_failed();
	return status;
}

/* A file to read; "-" is standard input. -1, with a message, if it cannot be opened. */
static inline int open_input(const char *path)
{
	int fd;

	if (!strcmp(path, "-"))
		return STDIN_FILENO;
	fd = open(path, O_RDONLY);
	if (fd < 0)
		warn("%s", path);
	return fd;
}

static inline void close_input(int fd)
{
	if (fd > STDIN_FILENO)
		close(fd);
}

/* The next entry; NULL at the end, and then errno is 0 or tells why the rest cannot be read. */
static inline struct dirent *next_entry(DIR *dir)
{
	errno = 0;
	return readdir(dir);
}

/* A number of at least `minimum`, or the end with a message. */
static inline long number_argument(const char *text, long minimum)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (end == text || *end || errno || number < minimum)
		errx(EXIT_USAGE, "%s: not a number that fits here", text);
	return number;
}

/* The part of a path after its last slash. */
static inline const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static inline void *check_memory(void *memory)
{
	if (!memory)
		errx(EXIT_FAILURE, "out of memory");
	return memory;
}

/* directory/name, to be freed. */
static inline char *join_path(const char *directory, const char *name)
{
	size_t length = strlen(directory);
	bool slash = length && directory[length - 1] == '/';
	char *path = check_memory(malloc(length + strlen(name) + 2));

	memcpy(path, directory, length);
	if (!slash)
		path[length++] = '/';
	strcpy(path + length, name);
	return path;
}

#endif
