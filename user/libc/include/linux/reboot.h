/* SPDX-License-Identifier: MIT */
/* reboot(2) commands. */
#ifndef LIBC_LINUX_REBOOT_H
#define LIBC_LINUX_REBOOT_H

#include "lib/abi/reboot.h"

#endif
