/* SPDX-License-Identifier: MIT */
/* Shell patterns against the host's C library, on random patterns and names of few letters. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/random.h"

#define fnmatch tarae_fnmatch
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "user/libc/fnmatch.c"
#undef fnmatch

#define ROUNDS 400000

static void random_text(char *s, const char *const *pieces, unsigned int count, unsigned int most)
{
	unsigned int n = random_below(most);

	*s = '\0';
	while (n-- > 0)
		strcat(s, pieces[random_below(count)]);
}

int main(void)
{
	static const char *const pattern_pieces[] = {"a", "b",    ".",    "/",     "*",   "*",
						     "?", "[ab]", "[!a]", "[a-c]", "\\*", "[]a]"};
	static const char *const name_pieces[] = {"a", "b", "c", ".", "/", "*", "[", "]"};

	random_start();
	for (int i = 0; i < ROUNDS; i++) {
		int flags = (random_below(2) ? FNM_PATHNAME : 0) |
			    (random_below(2) ? FNM_PERIOD : 0) |
			    (random_below(2) ? FNM_NOESCAPE : 0);
		char pattern[64], name[64];

		random_text(pattern, pattern_pieces, 12, 7);
		random_text(name, name_pieces, 8, 7);
		/* What an unclosed set and a slash inside one mean differs between libraries. */
		if (strstr(pattern, "[/") || (strchr(pattern, '[') && (flags & FNM_PATHNAME)))
			continue;
		/* Some libraries take the dot after "*?" for a leading one. */
		if (strstr(pattern, "*?") && (flags & FNM_PERIOD))
			continue;
		if (!fnmatch(pattern, name, flags) != !tarae_fnmatch(pattern, name, flags)) {
			printf("fnmatch(\"%s\", \"%s\", %d): expected %d, got %d\n", pattern, name,
			       flags, fnmatch(pattern, name, flags),
			       tarae_fnmatch(pattern, name, flags));
			return 1;
		}
	}
	return 0;
}
