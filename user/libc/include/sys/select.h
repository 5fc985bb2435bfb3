/* SPDX-License-Identifier: MIT */
/* Waiting for descriptors, as sets. */
#ifndef LIBC_SYS_SELECT_H
#define LIBC_SYS_SELECT_H

#include "lib/abi/select.h"
#include "lib/abi/signal.h"
#include "lib/abi/time.h"

#define FD_ZERO(set) ((void)(*(set) = (fd_set){0}))
#define FD_SET(fd, set) \
	((void)((set)->fds_bits[(fd) / FD_SET_WORD_BITS] |= 1UL << ((fd) % FD_SET_WORD_BITS)))
#define FD_CLR(fd, set) \
	((void)((set)->fds_bits[(fd) / FD_SET_WORD_BITS] &= ~(1UL << ((fd) % FD_SET_WORD_BITS))))
#define FD_ISSET(fd, set) \
	(((set)->fds_bits[(fd) / FD_SET_WORD_BITS] >> ((fd) % FD_SET_WORD_BITS) & 1) != 0)

int select(int count, fd_set *restrict readable, fd_set *restrict writable,
	   fd_set *restrict exceptional, struct timeval *restrict timeout);
int pselect(int count, fd_set *restrict readable, fd_set *restrict writable,
	    fd_set *restrict exceptional, const struct timespec *restrict timeout,
	    const kernel_sigset_t *restrict mask);

#endif
