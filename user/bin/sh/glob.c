/* SPDX-License-Identifier: MIT */
/* Pattern matching and file name generation: see glob.h. */
#include "glob.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- matching ---- */

static bool class_matches(const char *name, size_t length, unsigned char c)
{
	bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
	bool digit = c >= '0' && c <= '9';
	const struct {
		const char *name;
		bool matches;
	} classes[] = {
		{"alnum", lower || upper || digit},
		{"alpha", lower || upper},
		{"blank", c == ' ' || c == '\t'},
		{"cntrl", c < ' ' || c == 127},
		{"digit", digit},
		{"graph", c > ' ' && c < 127},
		{"lower", lower},
		{"print", c >= ' ' && c < 127},
		{"space", c && strchr(" \t\n\v\f\r", c)},
		{"upper", upper},
		{"punct", c > ' ' && c < 127 && !lower && !upper && !digit},
		{"xdigit", digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')},
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strlen(classes[i].name) == length && !strncmp(classes[i].name, name, length))
			return classes[i].matches;
	return false;
}

/* One character of a set, its backslash taken off. */
static unsigned char set_char(const char **p)
{
	if (**p == '\\' && (*p)[1])
		(*p)++;
	return (unsigned char)*(*p)++;
}

/*
 * Matches c against the set after [. Returns where the pattern goes on after ], or NULL if there
 * is no ], in which case [ stands for itself.
 */
static const char *match_set(const char *p, unsigned char c, bool *matched)
{
	bool negate = *p == '!' || *p == '^';
	bool found = false;
	const char *first;

	p += negate;
	first = p;
	while (*p && (*p != ']' || p == first)) {
		const char *class_end = p[0] == '[' && p[1] == ':' ? strstr(p + 2, ":]") : NULL;
		unsigned char low, high;

		if (class_end) {
			found |= class_matches(p + 2, (size_t)(class_end - p - 2), c);
			p = class_end + 2;
			continue;
		}
		low = high = set_char(&p);
		if (p[0] == '-' && p[1] && p[1] != ']') {
			p++;
			high = set_char(&p);
		}
		found |= low <= c && c <= high;
	}
	if (!*p)
		return NULL;
	*matched = found != negate;
	return p + 1;
}

/* Matches one character of text. Returns the rest of the pattern, or NULL if it does not match. */
static const char *match_one(const char *p, unsigned char c)
{
	bool matched;

	switch (*p) {
	case '\0':
		return NULL;
	case '?':
		return p + 1;
	case '[': {
		const char *rest = match_set(p + 1, c, &matched);

		if (rest)
			return matched ? rest : NULL;
		break;
	}
	case '\\':
		if (p[1])
			p++;
		break;
	}
	return (unsigned char)*p == c ? p + 1 : NULL;
}

/*
 * A mismatch goes back to the last * only, and lets it take one character more: if an earlier *
 * could save the match, so could the last one.
 */
bool pattern_match(const char *p, const char *text)
{
	const char *star = NULL, *star_text = NULL;

	for (;;) {
		const char *rest;

		if (*p == '*') {
			star = ++p;
			star_text = text;
			continue;
		}
		if (!*text && !*p)
			return true;
		rest = *text ? match_one(p, (unsigned char)*text) : NULL;
		if (rest) {
			p = rest;
			text++;
		} else if (star && *star_text) {
			p = star;
			text = ++star_text;
		} else {
			return false;
		}
	}
}

bool pattern_has_magic(const char *p)
{
	for (; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '*' || *p == '?')
			return true;
		else if (*p == '[' && strchr(p, ']')) /* the command `[` is no pattern */
			return true;
	}
	return false;
}

void pattern_unquote(char *pattern)
{
	char *to = pattern;

	for (const char *from = pattern; *from; from++) {
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	*to = '\0';
}

/* ---- file names ---- */

struct glob {
	struct arena *arena;
	struct strvec *out;
	struct strbuf path; /* the directory walked so far, ending in / unless empty */
};

static void glob_walk(struct glob *glob, const char *pattern);

static void add_if_exists(struct glob *glob)
{
	struct stat st;

	if (glob->path.length && !lstat(glob->path.data, &st))
		strvec_push(glob->arena, glob->out,
			    arena_strndup(glob->arena, glob->path.data, glob->path.length));
}

/* Goes on with one name put behind the path, and takes it off again. */
static void walk_into(struct glob *glob, const char *name, const char *rest)
{
	size_t length = glob->path.length;

	strbuf_puts(&glob->path, name);
	if (*rest) {
		while (*rest == '/')
			strbuf_putc(&glob->path, *rest++);
		glob_walk(glob, rest);
	} else {
		add_if_exists(glob);
	}
	strbuf_truncate(&glob->path, length);
}

static void match_directory(struct glob *glob, const char *component, const char *rest)
{
	DIR *dir = opendir(glob->path.length ? glob->path.data : ".");
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (name[0] == '.' && component[0] != '.')
			continue;
		if (pattern_match(component, name))
			walk_into(glob, name, rest);
	}
	closedir(dir);
}

/* The pattern's first component is matched here, the rest further down. */
static void glob_walk(struct glob *glob, const char *pattern)
{
	size_t length = strcspn(pattern, "/");
	char *component = mem_alloc(length + 1);

	memcpy(component, pattern, length);
	component[length] = '\0';
	if (pattern_has_magic(component)) {
		match_directory(glob, component, pattern + length);
	} else {
		pattern_unquote(component);
		walk_into(glob, component, pattern + length);
	}
	free(component);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t glob_expand(struct arena *arena, const char *pattern, struct strvec *out)
{
	struct glob glob = {.arena = arena, .out = out};
	size_t before = out->count;

	glob_walk(&glob, pattern);
	strbuf_free(&glob.path);
	if (out->count > before)
		qsort(out->items + before, out->count - before, sizeof(*out->items),
		      compare_strings);
	return out->count - before;
}
