/* SPDX-License-Identifier: MIT */
/* Matching names against shell patterns. */
#ifndef LIBC_FNMATCH_H
#define LIBC_FNMATCH_H

#define FNM_NOMATCH  1 /* the result, not a flag */
#define FNM_NOESCAPE 2
#define FNM_PATHNAME 1
#define FNM_PERIOD   4

int fnmatch(const char *pattern, const char *name, int flags);

#endif
