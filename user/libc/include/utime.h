/* SPDX-License-Identifier: MIT */
/* Setting a file's times, in seconds. */
#ifndef LIBC_UTIME_H
#define LIBC_UTIME_H

#include "lib/abi/time.h"

int utime(const char *path, const struct utimbuf *times);

#endif
