/* SPDX-License-Identifier: MIT */
/* File metadata. */
#ifndef LIBC_SYS_STAT_H
#define LIBC_SYS_STAT_H

#include "lib/abi/stat.h"

int stat(const char *restrict path, struct stat *restrict st);
int lstat(const char *restrict path, struct stat *restrict st);
int fstat(int fd, struct stat *st);
int fstatat(int dir, const char *restrict path, struct stat *restrict st, int flags);
int statx(int dir, const char *restrict path, int flags, unsigned int mask,
	  struct statx *restrict st);
int chmod(const char *path, mode_t mode);
int fchmod(int fd, mode_t mode);
int fchmodat(int dir, const char *path, mode_t mode, int flags);
mode_t umask(mode_t mask);
int mkdir(const char *path, mode_t mode);
int mkdirat(int dir, const char *path, mode_t mode);
int mknod(const char *path, mode_t mode, dev_t device);
int mknodat(int dir, const char *path, mode_t mode, dev_t device);
int mkfifo(const char *path, mode_t mode);
int utimensat(int dir, const char *path, const struct timespec times[2], int flags);
int futimens(int fd, const struct timespec times[2]);

#endif
