/* SPDX-License-Identifier: MIT */
/* poweroff: turns the machine off. */
#include "power.h"

int main(int argc, char **argv)
{
	return power(argc, argv, "poweroff [-f]", RB_POWER_OFF);
}
