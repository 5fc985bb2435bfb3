/* SPDX-License-Identifier: MIT */
/* Working with file names: temporary files, the real path behind links, the parts of a path. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names.h"
#include "syscall.h"

#define TEMPORARY_TRIES 100

/* Replaces the six X at the end of `template` by letters at random; -1 if they are not there. */
static int fill_template(char *template)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t length = strlen(template);
	unsigned char random[6];

	if (length < 6 || getrandom(random, sizeof(random), 0) != sizeof(random)) {
		errno = EINVAL;
		return -1;
	}
	for (size_t i = 0; i < 6; i++)
		template[length - 6 + i] = letters[random[i] % (sizeof(letters) - 1)];
	return 0;
}

static int is_template(const char *template)
{
	size_t length = strlen(template);

	if (length >= 6 && strcmp(template + length - 6, "XXXXXX") == 0)
		return 1;
	errno = EINVAL;
	return 0;
}

int libc_make_temporary(char *template, int flags, mode_t mode)
{
	if (!is_template(template))
		return -1;
	for (int i = 0; i < TEMPORARY_TRIES && fill_template(template) == 0; i++) {
		int fd = (int)sys(open, template, O_RDWR | O_CREAT | O_EXCL | flags, mode);

		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

int mkostemp(char *template, int flags)
{
	return libc_make_temporary(template, flags, 0600);
}

int mkstemp(char *template)
{
	return mkostemp(template, 0);
}

char *mkdtemp(char *template)
{
	if (!is_template(template))
		return NULL;
	for (int i = 0; i < TEMPORARY_TRIES && fill_template(template) == 0; i++) {
		if (mkdir(template, 0700) == 0)
			return template;
		if (errno != EEXIST)
			break;
	}
	return NULL;
}

/* Cuts the last component off `path`, but never the root itself. */
static void to_parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == path)
		slash++;
	*slash = '\0';
}

/* Appends a component to the absolute `path` of PATH_MAX bytes. */
static int append_component(char *path, const char *name, size_t length)
{
	size_t used = strlen(path);

	if (path[used - 1] != '/')
		path[used++] = '/';
	if (used + length >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(path + used, name, length);
	path[used + length] = '\0';
	return 0;
}

/*
 * Puts the link's target in front of what remains after its name. Links are counted, so that a
 * loop of them ends.
 */
static int follow_link(char *path, char *rest, char *target, size_t length, int *links)
{
	if (++*links > SYMLOOP_MAX) {
		errno = ELOOP;
		return -1;
	}
	if (strlen(target) + strlen(rest + length) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcat(target, rest + length);
	strcpy(rest, target);
	if (rest[0] == '/')
		strcpy(path, "/");
	else
		to_parent(path);
	return 0;
}

/* Resolves the first component of `rest` onto `path`; 0 or -1 with errno. */
static int resolve_component(char *path, char *rest, int *links)
{
	size_t length = strcspn(rest, "/");
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (length == 2 && rest[0] == '.' && rest[1] == '.') {
		to_parent(path);
	} else if (length > 1 || (length == 1 && rest[0] != '.')) {
		if (append_component(path, rest, length) < 0)
			return -1;
		n = readlink(path, target, PATH_MAX - 1);
		if (n >= 0) {
			target[n] = '\0';
			return follow_link(path, rest, target, length, links);
		}
		/* EINVAL: it is there, and no link. Before a slash it must be a directory. */
		if (errno != EINVAL)
			return -1;
		if (rest[length] == '/' && stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
			errno = ENOTDIR;
			return -1;
		}
	}
	length += rest[length] == '/';
	memmove(rest, rest + length, strlen(rest + length) + 1);
	return 0;
}

char *realpath(const char *restrict path, char *restrict resolved)
{
	char whole[PATH_MAX];
	char rest[PATH_MAX];
	int links = 0;

	if (*path == '\0') {
		errno = ENOENT;
		return NULL;
	}
	if (strlcpy(rest, path, sizeof(rest)) >= sizeof(rest)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	if (*path == '/')
		strcpy(whole, "/");
	else if (!getcwd(whole, sizeof(whole)))
		return NULL;
	while (*rest) {
		if (resolve_component(whole, rest, &links) < 0)
			return NULL;
	}
	return resolved ? strcpy(resolved, whole) : strdup(whole);
}

/* Takes slashes off the end, but leaves one that is alone. */
static size_t trimmed_length(const char *path, size_t length)
{
	while (length > 1 && path[length - 1] == '/')
		length--;
	return length;
}

char *basename(char *path)
{
	char *slash;

	if (!path || *path == '\0')
		return (char *)".";
	path[trimmed_length(path, strlen(path))] = '\0';
	slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

char *dirname(char *path)
{
	char *slash;

	if (!path || *path == '\0')
		return (char *)".";
	path[trimmed_length(path, strlen(path))] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return (char *)".";
	path[trimmed_length(path, (size_t)(slash - path) + 1)] = '\0';
	return path;
}
