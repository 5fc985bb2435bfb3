/* SPDX-License-Identifier: MIT */
/* The two halves of a path; both may change it. */
#ifndef LIBC_LIBGEN_H
#define LIBC_LIBGEN_H

char *basename(char *path);
char *dirname(char *path);

#endif
