/* SPDX-License-Identifier: MIT */
/* Error numbers; errno itself is the calling thread's (see ../thread.h). */
#ifndef LIBC_ERRNO_H
#define LIBC_ERRNO_H

#include "lib/abi/errno.h"

int *__errno_location(void) __attribute__((const));
#define errno (*__errno_location())

/* The program's name, for messages: whole, and without its directory. */
extern char *program_invocation_name;
extern char *program_invocation_short_name;

#endif
