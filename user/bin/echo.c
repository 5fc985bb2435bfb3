/* SPDX-License-Identifier: MIT */
/* echo: its words. */
#include "echo.h"

#include "common.h"

int main(int argc, char **argv)
{
	echo_words(argc, argv);
	return finish(EXIT_SUCCESS);
}
