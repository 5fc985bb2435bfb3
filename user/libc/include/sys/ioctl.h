/* SPDX-License-Identifier: MIT */
/* Requests to devices. */
#ifndef LIBC_SYS_IOCTL_H
#define LIBC_SYS_IOCTL_H

#include "lib/abi/ioctl.h"

int ioctl(int fd, unsigned long request, ...);

#endif
