/* SPDX-License-Identifier: MIT */
/* Descriptor sets of select(2). */
#ifndef LIB_ABI_SELECT_H
#define LIB_ABI_SELECT_H

#define FD_SETSIZE       1024
#define FD_SET_WORD_BITS 64

typedef struct {
	unsigned long fds_bits[FD_SETSIZE / FD_SET_WORD_BITS];
} fd_set;

_Static_assert(sizeof(fd_set) == 128, "fd_set");

#endif
