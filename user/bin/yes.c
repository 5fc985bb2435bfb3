/* SPDX-License-Identifier: MIT */
/* yes: a line, again and again, until nobody reads it. */
#include "common.h"

int main(int argc, char **argv)
{
	static char block[8192];
	size_t line = 0, filled = 0;

	no_options(&argc, argv, "yes [WORD...]");
	for (int i = 1; i < argc || i == 1; i++) {
		const char *word = argc > 1 ? argv[i] : "y";
		size_t length = strlen(word);

		if (line + length + 2 > sizeof(block))
			errx(EXIT_FAILURE, "the line is too long");
		memcpy(block + line, word, length);
		line += length;
		block[line++] = i + 1 < argc ? ' ' : '\n';
	}
	/* As many whole lines as fit go out with one call. */
	for (filled = line; filled + line <= sizeof(block); filled += line)
		memcpy(block + filled, block, line);
	for (;;)
		put_out(block, filled);
}
