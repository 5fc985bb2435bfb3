/* SPDX-License-Identifier: MIT */
/* Scatter and gather. */
#ifndef LIBC_SYS_UIO_H
#define LIBC_SYS_UIO_H

#include "lib/abi/types.h"
#include "lib/abi/uio.h"

ssize_t readv(int fd, const struct iovec *vectors, int count);
ssize_t writev(int fd, const struct iovec *vectors, int count);

#endif
