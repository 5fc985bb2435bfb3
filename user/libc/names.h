/* SPDX-License-Identifier: MIT */
#ifndef LIBC_NAMES_H
#define LIBC_NAMES_H

#include <sys/types.h>

/* mkostemp() with the new file's mode, of which the umask is taken. No cancellation point: neither
 * file nor descriptor is left behind. */
int libc_make_temporary(char *template, int flags, mode_t mode);

#endif
