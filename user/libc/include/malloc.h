/* SPDX-License-Identifier: MIT */
/* malloc() and its kin under their older header's name. */
#ifndef LIBC_MALLOC_H
#define LIBC_MALLOC_H

#include <stdlib.h>

size_t malloc_usable_size(void *memory);
void *memalign(size_t alignment, size_t size);

#endif
