/* SPDX-License-Identifier: MIT */
/* System calls by number. */
#ifndef LIBC_SYS_SYSCALL_H
#define LIBC_SYS_SYSCALL_H

#include "lib/abi/nr.h"

long syscall(long number, ...);

#endif
