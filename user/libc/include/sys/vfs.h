/* SPDX-License-Identifier: MIT */
/* The older name of <sys/statfs.h>. */
#ifndef LIBC_SYS_VFS_H
#define LIBC_SYS_VFS_H

#include <sys/statfs.h>

#endif
