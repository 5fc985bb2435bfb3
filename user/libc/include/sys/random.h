/* SPDX-License-Identifier: MIT */
/* Random bytes. */
#ifndef LIBC_SYS_RANDOM_H
#define LIBC_SYS_RANDOM_H

#include "lib/abi/types.h"

#define GRND_NONBLOCK 1
#define GRND_RANDOM   2

ssize_t getrandom(void *buffer, size_t size, unsigned int flags);

#endif
