/* SPDX-License-Identifier: MIT */
/* Limits that the kernel and its programs agree on, as on Linux. */
#ifndef LIB_ABI_LIMITS_H
#define LIB_ABI_LIMITS_H

#define NAME_MAX      255    /* bytes in one component of a path, without the NUL */
#define PATH_MAX      4096   /* bytes in a path, its NUL included */
#define SYMLOOP_MAX   40     /* symbolic links followed in one lookup */
#define PIPE_BUF      4096   /* bytes that a pipe takes at once or not at all */
#define IOV_MAX       1024   /* struct iovec in one call */
#define ARG_MAX       131072 /* bytes of one argument string of execve() */
#define NGROUPS_MAX   65536
#define HOST_NAME_MAX 64

#endif
