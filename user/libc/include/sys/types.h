/* SPDX-License-Identifier: MIT */
/* The POSIX scalar types. */
#ifndef LIBC_SYS_TYPES_H
#define LIBC_SYS_TYPES_H

#include "lib/abi/types.h"

#include "bits/pthread_types.h"

#endif
