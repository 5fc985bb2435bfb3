/* SPDX-License-Identifier: MIT */
/* Shell patterns: * any text, ? any character, [a-z] one of a set, \ takes the next as it is. */
#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>

/*
 * Matches `c` against the set whose text begins after the [; stores where the pattern goes on
 * after the ]. Without a ] the [ is an ordinary character: then *end is NULL.
 */
static bool match_set(const char *set, char c, const char **end)
{
	bool inverted = *set == '!' || *set == '^';
	bool found = false;
	const char *p = set + inverted;

	*end = NULL;
	do {
		char first = *p;
		char last = first;

		if (*p == '\0')
			return false;
		if (p[1] == '-' && p[2] != ']' && p[2] != '\0') {
			last = p[2];
			p += 2;
		}
		found |= c >= first && c <= last;
		p++;
	} while (*p != ']');
	*end = p + 1;
	return found != inverted;
}

/* Does a character of the name need to be spelled out in the pattern? */
static bool is_special(const char *start, const char *name, int flags)
{
	bool first = name == start || ((flags & FNM_PATHNAME) && name[-1] == '/');

	return (*name == '/' && (flags & FNM_PATHNAME)) ||
	       (*name == '.' && (flags & FNM_PERIOD) && first);
}

/* Matches one element of the pattern that stands for one character; NULL if it does not. */
static const char *match_one(const char *pattern, const char *start, const char *name, int flags)
{
	const char *end;
	bool matches;

	switch (*pattern) {
	case '?':
		return is_special(start, name, flags) ? NULL : pattern + 1;
	case '[':
		matches = match_set(pattern + 1, *name, &end);
		if (end)
			return matches && !is_special(start, name, flags) ? end : NULL;
		break;
	case '\\':
		if (!(flags & FNM_NOESCAPE) && pattern[1])
			pattern++;
		break;
	}
	return *pattern == *name ? pattern + 1 : NULL;
}

/*
 * After a mismatch only the last * needs to be tried again, one character further: an earlier one
 * would give the later text no more freedom. So this needs no recursion.
 */
int fnmatch(const char *pattern, const char *name, int flags)
{
	const char *start = name;
	const char *star = NULL; /* the pattern after the last *, and how far it has matched */
	const char *star_name = NULL;

	while (*name || *pattern) {
		const char *next = NULL;

		if (*pattern == '*' && !(*name && is_special(start, name, flags) && *name == '.')) {
			star = ++pattern;
			star_name = name;
			continue;
		}
		if (*name && *pattern)
			next = match_one(pattern, start, name, flags);
		if (next) {
			pattern = next;
			name++;
			continue;
		}
		if (!star || *star_name == '\0' || is_special(start, star_name, flags))
			return FNM_NOMATCH;
		pattern = star;
		name = ++star_name;
	}
	return 0;
}
