/* SPDX-License-Identifier: MIT */
/* Advisory locks. */
#ifndef LIBC_SYS_FILE_H
#define LIBC_SYS_FILE_H

#include "lib/abi/fcntl.h"

int flock(int fd, int operation);

#endif
