/* SPDX-License-Identifier: MIT */
/*
 * Patterns: * ? [set] [!set], with \ before a character that stands for itself.
 * Used for file names, `case` and ${x#pattern}.
 */
#ifndef SH_GLOB_H
#define SH_GLOB_H

#include <stdbool.h>

#include "mem.h"

/* True if the whole of text matches. */
bool pattern_match(const char *pattern, const char *text);

/* True if the pattern has an unquoted *, ? or [. */
bool pattern_has_magic(const char *pattern);

/* Takes the backslashes out, in place. */
void pattern_unquote(char *pattern);

/*
 * Pushes the names of all files that match, sorted, allocated in the arena; returns their number.
 * Names that begin with a dot are matched by a pattern that does so only.
 */
size_t glob_expand(struct arena *arena, const char *pattern, struct strvec *out);

#endif
