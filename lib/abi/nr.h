/* SPDX-License-Identifier: MIT */
/* System call numbers, __NR_name and SYS_name, from the table. */
#ifndef LIB_ABI_NR_H
#define LIB_ABI_NR_H

enum {
#define SYSCALL(number, name, kinds) __NR_##name = number, SYS_##name = number,
#define NOSYS(number, name)          __NR_##name = number, SYS_##name = number,
#define PROBED(number, name)         __NR_##name = number, SYS_##name = number,
#include "lib/abi/syscall_table.h"
};

/* One more than the largest number in the table. */
#define SYSCALL_NUMBER_LIMIT 451

#endif
