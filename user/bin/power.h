/* SPDX-License-Identifier: MIT */
/* For poweroff and reboot. */
#ifndef USER_BIN_POWER_H
#define USER_BIN_POWER_H

#include <sys/reboot.h>

#include "common.h"

/* Everything is in memory and goes with it, so nothing has to be written out before. */
static inline int power(int argc, char **argv, const char *usage_text, int command)
{
	if (argc > 1 && strcmp(argv[1], "-f"))
		usage(usage_text);
	reboot(command);
	err(EXIT_FAILURE, "reboot");
}

#endif
