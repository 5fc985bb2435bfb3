/* SPDX-License-Identifier: MIT */
/* Taking device numbers apart. */
#ifndef LIBC_SYS_SYSMACROS_H
#define LIBC_SYS_SYSMACROS_H

#include "lib/abi/sysmacros.h"

#endif
