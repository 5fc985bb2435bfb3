/* SPDX-License-Identifier: MIT */
/* The machine's end. */
#ifndef LIBC_SYS_REBOOT_H
#define LIBC_SYS_REBOOT_H

#include "lib/abi/reboot.h"

#define RB_AUTOBOOT    ((int)LINUX_REBOOT_CMD_RESTART)
#define RB_HALT_SYSTEM ((int)LINUX_REBOOT_CMD_HALT)
#define RB_POWER_OFF   ((int)LINUX_REBOOT_CMD_POWER_OFF)
#define RB_ENABLE_CAD  ((int)LINUX_REBOOT_CMD_CAD_ON)
#define RB_DISABLE_CAD ((int)LINUX_REBOOT_CMD_CAD_OFF)

int reboot(int command);

#endif
