/* SPDX-License-Identifier: MIT */
/* Waiting for descriptors. */
#ifndef LIBC_POLL_H
#define LIBC_POLL_H

#include "lib/abi/poll.h"
#include "lib/abi/signal.h"
#include "lib/abi/time.h"

int poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
	  const kernel_sigset_t *mask);

#endif
