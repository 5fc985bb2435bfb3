/* SPDX-License-Identifier: MIT */
/* Opening files, and fcntl(). */
#ifndef LIBC_FCNTL_H
#define LIBC_FCNTL_H

#include "lib/abi/fcntl.h"

int open(const char *path, int flags, ...);
int openat(int dir, const char *path, int flags, ...);
int creat(const char *path, mode_t mode);
int fcntl(int fd, int command, ...);
int posix_fadvise(int fd, off_t offset, off_t length, int advice);

#endif
