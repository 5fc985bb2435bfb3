/* SPDX-License-Identifier: MIT */
/*
 * Expansion: see expand.h.
 *
 * A field is gathered in `text` as a pattern: a character that was quoted and would be special in
 * a pattern has a backslash before it. When the field ends it is either matched against the file
 * system or, being no pattern, rid of its backslashes.
 */
#include "expand.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arith.h"
#include "exec.h"
#include "glob.h"
#include "lexer.h"
#include "params.h"
#include "shell.h"
#include "vars.h"

#define PATTERN_SPECIALS "*?[]\\-!^"

enum expansion { EXPAND_FIELDS, EXPAND_STRING, EXPAND_PATTERN };

struct expander {
	enum expansion kind;
	struct strvec *out;
	struct strbuf text;
	bool open;        /* there is a field, even if its text is empty */
	bool magic;       /* text has an unquoted character that makes it a pattern */
	bool escaped;     /* text has backslashes to take out */
	bool after_blank; /* blanks of IFS ended the last field: a delimiter after them adds none */
};

static void expand_parts(struct expander *x, const struct word_part *part, bool operand);

/* ---- text ---- */

static void finish_field(struct expander *x)
{
	if (!x->open)
		return;
	if (!x->magic || sh.no_glob || !glob_expand(&temp_arena, strbuf_text(&x->text), x->out)) {
		char *field = arena_strndup(&temp_arena, strbuf_text(&x->text), x->text.length);

		if (x->escaped)
			pattern_unquote(field);
		strvec_push(&temp_arena, x->out, field);
	}
	strbuf_truncate(&x->text, 0);
	x->open = x->magic = x->escaped = false;
}

static void add_quoted(struct expander *x, const char *text)
{
	while (*text) {
		size_t plain = strcspn(text, PATTERN_SPECIALS);

		strbuf_put(&x->text, text, plain);
		text += plain;
		if (*text) {
			strbuf_putc(&x->text, '\\');
			strbuf_putc(&x->text, *text++);
			x->escaped = true;
		}
	}
}

static void add_unquoted(struct expander *x, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\\' && x->kind == EXPAND_FIELDS) {
			strbuf_putc(&x->text, '\\');
			x->escaped = true;
		} else if (text[i] == '*' || text[i] == '?' || text[i] == '[') {
			x->magic = true;
		}
		strbuf_putc(&x->text, text[i]);
	}
}

static void add_text(struct expander *x, const char *text, bool quoted)
{
	x->open = true;
	x->after_blank = false;
	if (x->kind == EXPAND_STRING)
		strbuf_puts(&x->text, text);
	else if (quoted)
		add_quoted(x, text);
	else
		add_unquoted(x, text, strlen(text));
}

/* Adds the result of an expansion, split into fields unless it was quoted. */
static void add_value(struct expander *x, const char *value, bool quoted)
{
	const char *ifs;

	if (quoted || x->kind != EXPAND_FIELDS) {
		add_text(x, value, quoted);
		return;
	}
	ifs = var_get("IFS");
	if (!ifs)
		ifs = " \t\n";
	while (*value) {
		size_t run = strcspn(value, ifs);

		if (run) {
			x->open = true;
			x->after_blank = false;
			add_unquoted(x, value, run);
			value += run;
		} else if (strchr(" \t\n", *value)) {
			if (x->open) {
				finish_field(x);
				x->after_blank = true;
			}
			value++;
		} else {
			x->open |= !x->after_blank;
			x->after_blank = false;
			finish_field(x);
			value++;
		}
	}
}

/* ---- parameters ---- */

/* "$@" and unquoted $@ and $*: each argument becomes its own field. */
static void add_arguments(struct expander *x, bool quoted)
{
	for (int i = 0; i < sh.argument_count; i++) {
		if (i > 0)
			finish_field(x);
		if (quoted)
			add_text(x, sh.arguments[i], true);
		else
			add_value(x, sh.arguments[i], false);
	}
}

/* "$*": the arguments with the first character of IFS between them. */
static void add_joined_arguments(struct expander *x, bool quoted)
{
	const char *ifs = var_get("IFS");
	char separator[2] = {ifs ? ifs[0] : ' ', '\0'};

	for (int i = 0; i < sh.argument_count; i++) {
		if (i > 0)
			add_text(x, separator, quoted);
		add_text(x, sh.arguments[i], quoted);
	}
}

static void add_parameter(struct expander *x, const struct word_part *part)
{
	bool all = !strcmp(part->text, "@");
	bool star = !strcmp(part->text, "*");
	const char *value;

	if (x->kind == EXPAND_FIELDS && (all || (star && !part->quoted))) {
		add_arguments(x, part->quoted);
	} else if (all || star) {
		add_joined_arguments(x, part->quoted);
	} else {
		value = param_value(part->text);
		if (value)
			add_value(x, value, part->quoted);
		else if (sh.error_on_unset)
			param_error(part->text, NULL);
		if (part->quoted)
			x->open = true;
	}
}

static void assign_default(const struct word_part *part)
{
	const char *value = part->operand ? expand_string(part->operand) : "";

	if (sh.flow)
		return;
	if (name_length(part->text) != strlen(part->text))
		param_error(part->text, "cannot be assigned to");
	else
		var_set(part->text, value);
}

static void add_trimmed(struct expander *x, const struct word_part *part)
{
	const char *value = param_value(part->text);
	/* A copy: $((x=1)) in the pattern frees what x was. */
	char *copy = arena_strdup(&temp_arena, value ? value : "");
	char *pattern = expand_pattern(part->operand);

	if (sh.flow)
		return;
	add_value(x, param_trim(copy, pattern, part->op), part->quoted);
}

static void expand_parameter(struct expander *x, const struct word_part *part)
{
	bool present = param_is_present(part->text, part->colon);

	switch (part->op) {
	case PARAM_VALUE:
		add_parameter(x, part);
		break;
	case PARAM_LENGTH:
		add_text(x, param_length(part->text), true);
		break;
	case PARAM_ALTERNATE:
		if (present)
			expand_parts(x, part->operand->parts, true);
		x->open |= part->quoted;
		break;
	case PARAM_DEFAULT:
		if (present)
			add_parameter(x, part);
		else
			expand_parts(x, part->operand->parts, true);
		x->open |= part->quoted;
		break;
	case PARAM_ASSIGN:
		if (!present)
			assign_default(part);
		if (!sh.flow)
			add_parameter(x, part);
		break;
	case PARAM_ERROR:
		if (present)
			add_parameter(x, part);
		else
			param_error(part->text, expand_string(part->operand));
		break;
	default:
		add_trimmed(x, part);
		break;
	}
}

/* ---- the other parts ---- */

static void expand_command(struct expander *x, const struct word_part *part)
{
	struct strbuf output = {0};

	exec_substitution(part->command, &output);
	if (!sh.flow)
		add_value(x, strbuf_text(&output), part->quoted);
	x->open |= part->quoted;
	strbuf_free(&output);
}

static void expand_arithmetic(struct expander *x, const struct word_part *part)
{
	char *text = expand_string(part->operand);
	char digits[24];
	long value;

	if (sh.flow)
		return;
	if (!arith_evaluate(text, &value)) {
		shell_fail(EXIT_SYNTAX);
		return;
	}
	snprintf(digits, sizeof(digits), "%ld", value);
	add_value(x, digits, part->quoted);
}

/* An operand's plain text is the result of an expansion, and so is split. */
static void expand_parts(struct expander *x, const struct word_part *part, bool operand)
{
	for (; part && !sh.flow; part = part->next) {
		switch (part->kind) {
		case PART_TEXT:
			if (operand && !part->quoted)
				add_value(x, part->text, false);
			else
				add_text(x, part->text, part->quoted);
			break;
		case PART_PARAM:
			expand_parameter(x, part);
			break;
		case PART_COMMAND:
			expand_command(x, part);
			break;
		case PART_ARITH:
			expand_arithmetic(x, part);
			break;
		}
	}
}

/* ~ and ~/... stand for $HOME. Returns what is left of the first part's text, or NULL. */
static const char *tilde_rest(const struct word *word)
{
	const struct word_part *first = word->parts;

	if (!first || first->kind != PART_TEXT || first->quoted || first->text[0] != '~')
		return NULL;
	if (first->text[1] != '/' && (first->text[1] || first->next))
		return NULL;
	return var_get("HOME") ? first->text + 1 : NULL;
}

static void expand_word(struct expander *x, const struct word *word)
{
	const struct word_part *parts = word->parts;
	const char *rest = tilde_rest(word);

	if (rest) {
		add_text(x, var_get("HOME"), true);
		add_text(x, rest, false);
		parts = parts->next;
	}
	expand_parts(x, parts, false);
}

/* ---- entry points ---- */

void expand_fields(const struct word *word, struct strvec *out)
{
	struct expander x = {.kind = EXPAND_FIELDS, .out = out};
	const char *literal = word_literal(word);

	if (literal && literal[0] != '~' && !strpbrk(literal, "*?[")) {
		strvec_push(&temp_arena, out, (char *)literal);
		return;
	}
	expand_word(&x, word);
	if (!sh.flow)
		finish_field(&x);
	strbuf_free(&x.text);
}

static char *expand_single(const struct word *word, enum expansion kind)
{
	struct expander x = {.kind = kind};
	char *result;

	expand_word(&x, word);
	result = arena_strndup(&temp_arena, strbuf_text(&x.text), x.text.length);
	strbuf_free(&x.text);
	return result;
}

char *expand_string(const struct word *word)
{
	return expand_single(word, EXPAND_STRING);
}

char *expand_pattern(const struct word *word)
{
	return expand_single(word, EXPAND_PATTERN);
}

void expand_prompt(const char *name, struct strbuf *out)
{
	struct program *program = program_new();
	struct arena_mark mark = arena_mark(&temp_arena);
	const char *value = var_get(name);
	struct word *word = lexer_quoted_word(value ? value : "", program);
	int status = sh.status;

	if (word)
		strbuf_puts(out, expand_string(word));
	sh.status = status;
	sh.flow = FLOW_NONE;
	arena_release(&temp_arena, mark);
	program_put(program);
}
