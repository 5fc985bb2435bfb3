/* SPDX-License-Identifier: MIT */
/* File system figures. */
#ifndef LIBC_SYS_STATFS_H
#define LIBC_SYS_STATFS_H

#include "lib/abi/stat.h"

int statfs(const char *path, struct statfs *figures);
int fstatfs(int fd, struct statfs *figures);

#endif
