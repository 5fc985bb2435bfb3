/* SPDX-License-Identifier: MIT */
/* Figures of the whole system. */
#ifndef LIBC_SYS_SYSINFO_H
#define LIBC_SYS_SYSINFO_H

#include "lib/abi/sysinfo.h"

int sysinfo(struct sysinfo *info);
int get_nprocs(void);
int get_nprocs_conf(void);

#endif
