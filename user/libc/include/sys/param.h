/* SPDX-License-Identifier: MIT */
/* Odds and ends. */
#ifndef LIBC_SYS_PARAM_H
#define LIBC_SYS_PARAM_H

#include <limits.h>

#define MAXPATHLEN PATH_MAX
#ifndef MIN
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif

#endif
