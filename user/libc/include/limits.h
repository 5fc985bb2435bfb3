/* SPDX-License-Identifier: MIT */
/* Ranges of the integer types, and limits of the system. */
#ifndef LIBC_LIMITS_H
#define LIBC_LIMITS_H

#include "lib/abi/limits.h"
#include "lib/limits.h"

#define SSIZE_MAX  LONG_MAX
#define MB_LEN_MAX 4

#define PTHREAD_STACK_MIN             16384
#define PTHREAD_KEYS_MAX              128
#define PTHREAD_DESTRUCTOR_ITERATIONS 4
#define SEM_VALUE_MAX                 0x7fffffff

#endif
