/* SPDX-License-Identifier: MIT */
/*
 * The POSIX scalar types as Linux x86-64 defines them. Included by the other lib/abi headers and
 * by libc's <sys/types.h>.
 */
#ifndef LIB_ABI_TYPES_H
#define LIB_ABI_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef long ssize_t;
typedef long off_t;
typedef off_t loff_t;
typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef unsigned int id_t;
typedef unsigned int mode_t;
typedef unsigned long dev_t;
typedef unsigned long ino_t;
typedef unsigned long nlink_t;
typedef long blksize_t;
typedef long blkcnt_t;
typedef unsigned long fsblkcnt_t;
typedef unsigned long fsfilcnt_t;
typedef long time_t;
typedef long suseconds_t;
typedef unsigned int useconds_t;
typedef long clock_t;
typedef int clockid_t;
typedef int key_t;
typedef unsigned int socklen_t;

#endif
