/* SPDX-License-Identifier: MIT */
/* Options of one letter. */
#ifndef LIBC_GETOPT_H
#define LIBC_GETOPT_H

#include <unistd.h>

#endif
