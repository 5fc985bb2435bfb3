/* SPDX-License-Identifier: MIT */
/* clear: empties the terminal. */
#include "common.h"

int main(void)
{
	put_out("\033[H\033[2J", 7);
	return EXIT_SUCCESS;
}
