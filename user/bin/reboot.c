/* SPDX-License-Identifier: MIT */
/* reboot: starts the machine again. */
#include "power.h"

int main(int argc, char **argv)
{
	return power(argc, argv, "reboot [-f]", RB_AUTOBOOT);
}
