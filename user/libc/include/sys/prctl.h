/* SPDX-License-Identifier: MIT */
/* What a process or thread says about itself. */
#ifndef LIBC_SYS_PRCTL_H
#define LIBC_SYS_PRCTL_H

#include "lib/abi/prctl.h"

int prctl(int option, ...);
int arch_prctl(int option, unsigned long address);

#endif
