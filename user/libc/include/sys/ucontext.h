/* SPDX-License-Identifier: MIT */
/* What a signal handler finds behind its third argument. */
#ifndef LIBC_SYS_UCONTEXT_H
#define LIBC_SYS_UCONTEXT_H

#include <signal.h>

#endif
