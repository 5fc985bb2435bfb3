/* SPDX-License-Identifier: MIT */
/* System calls by number. */
#ifndef LIBC_SYSCALL_H
#define LIBC_SYSCALL_H

#include <sys/syscall.h>

#endif
