/* SPDX-License-Identifier: MIT */
/* Copying from descriptor to descriptor in the kernel. */
#ifndef LIBC_SYS_SENDFILE_H
#define LIBC_SYS_SENDFILE_H

#include "lib/abi/types.h"

ssize_t sendfile(int to, int from, off_t *offset, size_t n);

#endif
