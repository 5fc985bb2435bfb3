/* SPDX-License-Identifier: MIT */
/* Processor time used. */
#ifndef LIBC_SYS_TIMES_H
#define LIBC_SYS_TIMES_H

#include "lib/abi/time.h"

clock_t times(struct tms *used);

#endif
