/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions by automata, after Thompson: the time to match a line is proportional to
 * its length, whatever the expression. There is no backtracking, and so no back-reference.
 *
 *   parse.c    the expression becomes a tree
 *   compile.c  the tree becomes a nondeterministic automaton: it may be in many states at once
 *   match.c    which sets of states occur is found out while matching, and remembered: each such
 *              set is one state of a deterministic automaton, with a table of where each byte leads
 */
#ifndef GREP_REGEX_H
#define GREP_REGEX_H

#include <stdbool.h>
#include <stddef.h>

enum regex_syntax { REGEX_BASIC, REGEX_EXTENDED, REGEX_FIXED };

/* ---- the tree ---- */

enum tree_kind {
	TREE_EMPTY,  /* matches nothing at all, anywhere */
	TREE_SET,    /* one byte of a set */
	TREE_BEGIN,  /* the line's start */
	TREE_END,    /* the line's end */
	TREE_CAT,    /* left, then right */
	TREE_ALT,    /* left or right */
	TREE_REPEAT, /* left, min to max times */
};

#define REPEAT_FOREVER (-1)

struct byte_set {
	unsigned char bits[32];
};

struct tree {
	enum tree_kind kind;
	struct tree *left, *right;
	int min, max; /* REPEAT */
	struct byte_set set;
};

/* Ends the program with a message if the text is no regular expression. */
struct tree *regex_parse(const char *text, enum regex_syntax syntax, bool ignore_case);

/* For -x and -w: the tree must match a whole line, or what has no word characters around it. */
struct tree *regex_whole_line(struct tree *tree);
struct tree *regex_whole_word(struct tree *tree);
struct tree *regex_either(struct tree *left, struct tree *right);

static inline bool set_has(const struct byte_set *set, unsigned char c)
{
	return set->bits[c / 8] & (1 << c % 8);
}

static inline void set_add(struct byte_set *set, unsigned char c)
{
	set->bits[c / 8] |= (unsigned char)(1 << c % 8);
}

/* ---- the automaton ---- */

enum state_kind {
	STATE_SET,   /* on a byte of the set, to next */
	STATE_SPLIT, /* at once to next, and to other */
	STATE_BEGIN, /* at the line's start, at once to next */
	STATE_END,   /* at the line's end, at once to next */
	STATE_MATCH,
};

struct state {
	enum state_kind kind;
	int next, other;
	const struct byte_set *set;
};

struct automaton {
	struct state *states;
	int count, capacity;
	int start;
};

void regex_compile(const struct tree *tree, struct automaton *automaton);

/* ---- matching ---- */

struct matcher;

struct matcher *matcher_new(const struct automaton *automaton);

/* True if the expression matches anywhere in the line. */
bool matcher_run(struct matcher *matcher, const char *line, size_t length);

#endif
