/* SPDX-License-Identifier: MIT */
/*
 * Parsing regular expressions, by recursive descent:
 *
 *     alternatives  sequence { | sequence }
 *     sequence      { repeated }
 *     repeated      atom { * + ? {m,n} }
 *     atom          . [set] ^ $ ( alternatives ) \w \W or a character
 *
 * The basic syntax is the same with \( \) \{ \} \| \+ \? in place of the bare ones, and with * and
 * ^ and $ plain characters where they could do nothing.
 */
#include "../common.h"
#include "regex.h"

#define MAX_REPEAT 255
#define MAX_DEPTH  200

struct parser {
	const char *p;
	enum regex_syntax syntax;
	bool ignore_case;
	int depth;
};

static struct tree *parse_alternatives(struct parser *parser);

static void __attribute__((noreturn)) bad_expression(const char *what)
{
	errx(EXIT_USAGE, "regular expression: %s", what);
}

/* ---- trees ---- */

static struct tree *new_tree(enum tree_kind kind, struct tree *left, struct tree *right)
{
	struct tree *tree = check_memory(calloc(1, sizeof(*tree)));

	tree->kind = kind;
	tree->left = left;
	tree->right = right;
	return tree;
}

static bool is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(int c)
{
	return is_letter(c) || is_digit(c) || c == '_';
}

static void add_char(const struct parser *parser, struct byte_set *set, unsigned char c)
{
	set_add(set, c);
	if (parser->ignore_case && is_letter(c))
		set_add(set, c ^ 0x20);
}

static struct tree *char_tree(const struct parser *parser, char c)
{
	struct tree *tree = new_tree(TREE_SET, NULL, NULL);

	add_char(parser, &tree->set, (unsigned char)c);
	return tree;
}

static void invert(struct byte_set *set)
{
	for (size_t i = 0; i < sizeof(set->bits); i++)
		set->bits[i] ^= 0xff;
}

static struct tree *word_tree(bool negate)
{
	struct tree *tree = new_tree(TREE_SET, NULL, NULL);

	for (int c = 0; c < 256; c++)
		if (is_word(c))
			set_add(&tree->set, (unsigned char)c);
	if (negate)
		invert(&tree->set);
	return tree;
}

static struct tree *any_tree(void)
{
	struct tree *tree = new_tree(TREE_SET, NULL, NULL);

	invert(&tree->set);
	return tree;
}

struct tree *regex_either(struct tree *left, struct tree *right)
{
	return left ? new_tree(TREE_ALT, left, right) : right;
}

static struct tree *between(struct tree *before, struct tree *tree, struct tree *after)
{
	return new_tree(TREE_CAT, before, new_tree(TREE_CAT, tree, after));
}

struct tree *regex_whole_line(struct tree *tree)
{
	return between(new_tree(TREE_BEGIN, NULL, NULL), tree, new_tree(TREE_END, NULL, NULL));
}

struct tree *regex_whole_word(struct tree *tree)
{
	return between(regex_either(new_tree(TREE_BEGIN, NULL, NULL), word_tree(true)), tree,
		       regex_either(new_tree(TREE_END, NULL, NULL), word_tree(true)));
}

/* ---- [sets] ---- */

static bool class_has(const char *name, size_t length, int c)
{
	bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
	bool graph = c > ' ' && c < 127;
	const struct {
		const char *name;
		bool has;
	} classes[] = {
		{"alnum", lower || upper || is_digit(c)},
		{"alpha", lower || upper},
		{"blank", c == ' ' || c == '\t'},
		{"cntrl", c < ' ' || c == 127},
		{"digit", is_digit(c)},
		{"graph", graph},
		{"lower", lower},
		{"print", graph || c == ' '},
		{"punct", graph && !lower && !upper && !is_digit(c)},
		{"space", c == ' ' || (c >= '\t' && c <= '\r')},
		{"upper", upper},
		{"xdigit", is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')},
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strlen(classes[i].name) == length && !strncmp(classes[i].name, name, length))
			return classes[i].has;
	bad_expression("no such [:class:]");
}

static void parse_class(struct parser *parser, struct byte_set *set)
{
	const char *name = parser->p + 2, *end = strstr(name, ":]");

	if (!end)
		bad_expression("[: without :]");
	for (int c = 0; c < 256; c++)
		if (class_has(name, (size_t)(end - name), c))
			add_char(parser, set, (unsigned char)c);
	parser->p = end + 2;
}

/* After [ */
static struct tree *parse_set(struct parser *parser)
{
	struct tree *tree = new_tree(TREE_SET, NULL, NULL);
	bool negate = *parser->p == '^';
	const char *first;

	parser->p += negate;
	first = parser->p;
	while (*parser->p && (*parser->p != ']' || parser->p == first)) {
		int low, high;

		if (parser->p[0] == '[' && parser->p[1] == ':') {
			parse_class(parser, &tree->set);
			continue;
		}
		low = high = (unsigned char)*parser->p++;
		if (parser->p[0] == '-' && parser->p[1] && parser->p[1] != ']') {
			high = (unsigned char)parser->p[1];
			parser->p += 2;
		}
		if (low > high)
			bad_expression("a range that ends before it begins");
		for (int c = low; c <= high; c++)
			add_char(parser, &tree->set, (unsigned char)c);
	}
	if (!*parser->p++)
		bad_expression("[ without ]");
	if (negate)
		invert(&tree->set);
	return tree;
}

/* ---- operators ---- */

/* True if the operator stands here: bare in the extended syntax, after a backslash in the basic. */
static bool at_operator(const struct parser *parser, char operator)
{
	if (parser->syntax == REGEX_EXTENDED)
		return parser->p[0] == operator;
	return parser->p[0] == '\\' && parser->p[1] == operator;
}

static bool accept_operator(struct parser *parser, char operator)
{
	if (!at_operator(parser, operator))
		return false;
	parser->p += parser->syntax == REGEX_EXTENDED ? 1 : 2;
	return true;
}

static int parse_count(struct parser *parser)
{
	int count = 0;

	while (is_digit(*parser->p)) {
		count = count * 10 + (*parser->p++ - '0');
		if (count > MAX_REPEAT)
			bad_expression("a repetition count is too large");
	}
	return count;
}

/* After { : m} m,} m,n} or ,n} */
static void parse_bounds(struct parser *parser, struct tree *tree)
{
	tree->min = parse_count(parser);
	tree->max = tree->min;
	if (*parser->p == ',') {
		parser->p++;
		tree->max = is_digit(*parser->p) ? parse_count(parser) : REPEAT_FOREVER;
	}
	if (!accept_operator(parser, '}'))
		bad_expression("{ without }");
	if (tree->max != REPEAT_FOREVER && tree->max < tree->min)
		bad_expression("a repetition whose end is less than its start");
}

/* In the extended syntax a { that no count follows is a character. */
static bool at_bounds(const struct parser *parser)
{
	if (!at_operator(parser, '{'))
		return false;
	return parser->syntax == REGEX_BASIC || is_digit(parser->p[1]) || parser->p[1] == ',';
}

static struct tree *parse_repetitions(struct parser *parser, struct tree *tree)
{
	for (;;) {
		struct tree *repeat = new_tree(TREE_REPEAT, tree, NULL);

		repeat->max = REPEAT_FOREVER;
		if (*parser->p == '*') {
			parser->p++;
		} else if (accept_operator(parser, '+')) {
			repeat->min = 1;
		} else if (accept_operator(parser, '?')) {
			repeat->max = 1;
		} else if (at_bounds(parser)) {
			accept_operator(parser, '{');
			parse_bounds(parser, repeat);
		} else {
			free(repeat);
			return tree;
		}
		tree = repeat;
	}
}

/* ---- atoms ---- */

static bool at_sequence_end(const struct parser *parser)
{
	if (!*parser->p || at_operator(parser, '|'))
		return true;
	return at_operator(parser, ')') && parser->depth > 0;
}

static struct tree *parse_group(struct parser *parser)
{
	struct tree *tree;

	if (++parser->depth > MAX_DEPTH)
		bad_expression("nested too deeply");
	tree = parse_alternatives(parser);
	parser->depth--;
	if (!accept_operator(parser, ')'))
		bad_expression("( without )");
	return tree;
}

/* After a backslash that is not part of an operator. */
static struct tree *parse_escape(struct parser *parser)
{
	char c = *parser->p++;

	if (!c)
		bad_expression("a backslash at the end");
	if (c >= '1' && c <= '9')
		bad_expression("back-references are not supported");
	if (c == 'w' || c == 'W')
		return word_tree(c == 'W');
	return char_tree(parser, c);
}

static struct tree *parse_atom(struct parser *parser, bool first)
{
	bool extended = parser->syntax == REGEX_EXTENDED;
	char c;

	if (accept_operator(parser, '('))
		return parse_group(parser);
	c = *parser->p++;
	switch (c) {
	case '.':
		return any_tree();
	case '[':
		return parse_set(parser);
	case '\\':
		return parse_escape(parser);
	case '^':
		if (extended || first)
			return new_tree(TREE_BEGIN, NULL, NULL);
		break;
	case '$':
		if (extended || at_sequence_end(parser))
			return new_tree(TREE_END, NULL, NULL);
		break;
	}
	return char_tree(parser, c);
}

static struct tree *parse_sequence(struct parser *parser)
{
	bool basic = parser->syntax == REGEX_BASIC;
	bool repeatable = false; /* what stands before this is something that * can repeat */
	struct tree *tree = NULL;

	while (!at_sequence_end(parser)) {
		struct tree *atom;

		if (basic && *parser->p == '*' && !repeatable) {
			parser->p++;
			atom = char_tree(parser, '*');
			repeatable = true;
		} else {
			repeatable = !basic || *parser->p != '^' || tree;
			atom = parse_atom(parser, !tree);
		}
		if (repeatable)
			atom = parse_repetitions(parser, atom);
		tree = tree ? new_tree(TREE_CAT, tree, atom) : atom;
	}
	return tree ? tree : new_tree(TREE_EMPTY, NULL, NULL);
}

static struct tree *parse_alternatives(struct parser *parser)
{
	struct tree *tree = parse_sequence(parser);

	while (accept_operator(parser, '|'))
		tree = regex_either(tree, parse_sequence(parser));
	return tree;
}

static struct tree *parse_fixed(struct parser *parser)
{
	struct tree *tree = new_tree(TREE_EMPTY, NULL, NULL);

	for (; *parser->p; parser->p++)
		tree = new_tree(TREE_CAT, tree, char_tree(parser, *parser->p));
	return tree;
}

struct tree *regex_parse(const char *text, enum regex_syntax syntax, bool ignore_case)
{
	struct parser parser = {.p = text, .syntax = syntax, .ignore_case = ignore_case};
	struct tree *tree;

	if (syntax == REGEX_FIXED)
		return parse_fixed(&parser);
	tree = parse_alternatives(&parser);
	if (*parser.p)
		bad_expression(") without (");
	return tree;
}
