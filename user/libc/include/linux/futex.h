/* SPDX-License-Identifier: MIT */
/* futex(2) operations. */
#ifndef LIBC_LINUX_FUTEX_H
#define LIBC_LINUX_FUTEX_H

#include "lib/abi/futex.h"

#endif
