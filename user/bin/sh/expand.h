/* SPDX-License-Identifier: MIT */
/*
 * Words to strings: parameters, command substitution and arithmetic are put in, the results are
 * split into fields at the characters of IFS, patterns become the file names that match, and
 * quotes have done their work.
 *
 * Results live in temp_arena. After an error sh.flow is set and the result is not to be used.
 */
#ifndef SH_EXPAND_H
#define SH_EXPAND_H

#include "tree.h"

/* Pushes the fields of one word: none, one or many. */
void expand_fields(const struct word *word, struct strvec *out);

/* One string, not split and not taken for a pattern: assignments, redirections. */
char *expand_string(const struct word *word);

/* One string, in which what was quoted is quoted with backslashes: `case`, ${x#pattern}. */
char *expand_pattern(const struct word *word);

/* The value of PS1, PS2 or PS4 with its own expansions done. */
void expand_prompt(const char *name, struct strbuf *out);

#endif
