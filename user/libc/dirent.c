/* SPDX-License-Identifier: MIT */
/* Directory streams: a descriptor, and a buffer of the records that the kernel gave. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"
#include "syscall.h"

struct DIR {
	int fd;
	size_t position;
	size_t limit;
	char buffer[4096 - 24] __attribute__((aligned(8)));
};

/* A record in the buffer is handed out as it is. */
STATIC_ASSERT(offsetof(struct dirent, d_name) == offsetof(struct linux_dirent64, d_name));

DIR *fdopendir(int fd)
{
	struct stat st;
	DIR *dir;

	if (fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return NULL;
	}
	dir = malloc(sizeof(*dir));
	if (!dir)
		return NULL;
	dir->fd = fd;
	dir->position = dir->limit = 0;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return dir;
}

DIR *opendir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

/* NULL at the end, with errno unchanged, or on an error. */
struct dirent *readdir(DIR *dir)
{
	struct dirent *entry;

	if (dir->position == dir->limit) {
		ssize_t n = getdents64(dir->fd, dir->buffer, sizeof(dir->buffer));

		if (n <= 0)
			return NULL;
		dir->position = 0;
		dir->limit = (size_t)n;
	}
	entry = (struct dirent *)(dir->buffer + dir->position);
	dir->position += entry->d_reclen;
	return entry;
}

void rewinddir(DIR *dir)
{
	lseek(dir->fd, 0, SEEK_SET);
	dir->position = dir->limit = 0;
}

int dirfd(DIR *dir)
{
	return dir->fd;
}

int closedir(DIR *dir)
{
	/* No cancellation point: `dir` is freed in any case. */
	int result = (int)sys(close, dir->fd);

	free(dir);
	return result;
}

int alphasort(const struct dirent **a, const struct dirent **b)
{
	return strcoll((*a)->d_name, (*b)->d_name);
}

/* Appends a copy of `entry`; -1 without memory. */
static int append(struct dirent ***list, size_t *count, const struct dirent *entry)
{
	struct dirent **grown = realloc(*list, (*count + 1) * sizeof(**list));
	struct dirent *copy;

	if (!grown)
		return -1;
	*list = grown;
	copy = malloc(entry->d_reclen);
	if (!copy)
		return -1;
	memcpy(copy, entry, entry->d_reclen);
	grown[(*count)++] = copy;
	return 0;
}

int scandir(const char *path, struct dirent ***result, int (*filter)(const struct dirent *),
	    int (*compare)(const struct dirent **, const struct dirent **))
{
	DIR *dir = opendir(path);
	struct dirent **list = NULL;
	struct dirent *entry;
	size_t count = 0;

	if (!dir)
		return -1;
	while (errno = 0, (entry = readdir(dir))) {
		if ((!filter || filter(entry)) && append(&list, &count, entry) < 0)
			break;
	}
	closedir(dir);
	if (errno) {
		while (count > 0)
			free(list[--count]);
		free(list);
		return -1;
	}
	if (compare && count > 0)
		qsort(list, count, sizeof(*list), (int (*)(const void *, const void *))compare);
	*result = list;
	return (int)count;
}
