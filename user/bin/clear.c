/* SPDX-License-Identifier: MIT */
/* clear: empties the terminal. */
#include "common.h"

int main(int argc, char **argv)
{
	no_options(&argc, argv, "clear");
	if (argc > 1)
		usage("clear");
	put_out("\033[H\033[2J", 7);
	return EXIT_SUCCESS;
}
