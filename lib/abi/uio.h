/* SPDX-License-Identifier: MIT */
/* Scatter and gather: readv(2), writev(2). */
#ifndef LIB_ABI_UIO_H
#define LIB_ABI_UIO_H

#include <stddef.h>

struct iovec {
	void *iov_base;
	size_t iov_len;
};

_Static_assert(sizeof(struct iovec) == 16, "struct iovec");

#endif
