/* SPDX-License-Identifier: MIT */
/* The auxiliary vector. */
#ifndef LIBC_SYS_AUXV_H
#define LIBC_SYS_AUXV_H

#include "lib/abi/auxv.h"

unsigned long getauxval(unsigned long type);

#endif
