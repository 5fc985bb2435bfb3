/* SPDX-License-Identifier: MIT */
/* Reading directories. */
#ifndef LIBC_DIRENT_H
#define LIBC_DIRENT_H

#include "lib/abi/dirent.h"

struct dirent {
	ino_t d_ino;
	off_t d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[256];
};

typedef struct DIR DIR;

DIR *opendir(const char *path);
DIR *fdopendir(int fd);
struct dirent *readdir(DIR *dir);
int closedir(DIR *dir);
void rewinddir(DIR *dir);
int dirfd(DIR *dir);
int scandir(const char *path, struct dirent ***result, int (*filter)(const struct dirent *),
	    int (*compare)(const struct dirent **, const struct dirent **));
int alphasort(const struct dirent **a, const struct dirent **b);
ssize_t getdents64(int fd, void *buffer, size_t size);

#endif
