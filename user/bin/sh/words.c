/* SPDX-License-Identifier: MIT */
/* Taking words apart into text, parameters and substitutions: see words.h. */
#include "words.h"

#include <string.h>

#include "parser.h"
#include "shell.h"

#define MAX_DEPTH 1000 /* the reader and the expansion recurse */

/* A word being read. Text is gathered in `text` until a part of another kind, or other quoting. */
struct word_reader {
	struct lexer *lexer;
	struct word_part *first;
	struct word_part **tail;
	struct strbuf text;
	bool text_quoted;
	bool text_present; /* even if empty: '' and "" */
};

bool char_ends_word(int c)
{
	return c == SOURCE_END || (c && strchr(" \t\n;&|<>()", c) != NULL);
}

static struct arena *reader_arena(const struct word_reader *reader)
{
	return &reader->lexer->program->arena;
}

static struct word_part *add_part(struct word_reader *reader, enum part_kind kind, bool quoted)
{
	struct word_part *part = arena_zalloc(reader_arena(reader), sizeof(*part));

	part->kind = kind;
	part->quoted = quoted;
	*reader->tail = part;
	reader->tail = &part->next;
	return part;
}

static void flush_text(struct word_reader *reader)
{
	struct word_part *part;

	if (!reader->text_present)
		return;
	part = add_part(reader, PART_TEXT, reader->text_quoted);
	part->text = arena_strndup(reader_arena(reader), strbuf_text(&reader->text),
				   reader->text.length);
	strbuf_truncate(&reader->text, 0);
	reader->text_present = false;
}

static void begin_text(struct word_reader *reader, bool quoted)
{
	if (reader->text_present && reader->text_quoted != quoted)
		flush_text(reader);
	reader->text_quoted = quoted;
	reader->text_present = true;
}

static void add_char(struct word_reader *reader, int c, bool quoted)
{
	begin_text(reader, quoted);
	strbuf_putc(&reader->text, (char)c);
}

/* ---- what follows a dollar ---- */

/* $(list) : the parser reads on from the same source, up to the parenthesis. */
static void read_command(struct word_reader *reader, bool quoted)
{
	struct lexer *lexer = reader->lexer;
	struct lexer outer = *lexer;
	struct word_part *part = add_part(reader, PART_COMMAND, quoted);

	lexer->ready = false;
	lexer->pending = NULL;
	part->command = parse_substitution(lexer);
	if (lexer->failed)
		outer.failed = true;
	*lexer = outer;
}

static const struct {
	char symbol;
	enum param_op op, doubled;
} param_ops[] = {
	{'-', PARAM_DEFAULT, PARAM_VALUE},      {'=', PARAM_ASSIGN, PARAM_VALUE},
	{'?', PARAM_ERROR, PARAM_VALUE},        {'+', PARAM_ALTERNATE, PARAM_VALUE},
	{'#', PARAM_PREFIX, PARAM_PREFIX_LONG}, {'%', PARAM_SUFFIX, PARAM_SUFFIX_LONG},
};

static bool read_param_op(struct source *source, struct word_part *part)
{
	int c = source_get(source);

	part->colon = c == ':';
	if (part->colon)
		c = source_get(source);
	for (size_t i = 0; i < sizeof(param_ops) / sizeof(param_ops[0]); i++) {
		if (param_ops[i].symbol != c)
			continue;
		part->op = param_ops[i].op;
		if (param_ops[i].doubled != PARAM_VALUE && source_peek(source) == c) {
			source_get(source);
			part->op = param_ops[i].doubled;
		}
		return true;
	}
	return false;
}

/* Reads a parameter's name: letters, a number, or one special character. NULL if none stands
 * here. */
static const char *read_param_name(struct word_reader *reader, bool braces)
{
	struct source *source = reader->lexer->source;
	struct strbuf name = {0};
	const char *copy = NULL;
	int c = source_peek(source);

	if (is_name_start(c)) {
		while (is_name_char(source_peek(source)))
			strbuf_putc(&name, (char)source_get(source));
	} else if (c >= '0' && c <= '9') {
		do
			strbuf_putc(&name, (char)source_get(source));
		while (braces && source_peek(source) >= '0' && source_peek(source) <= '9');
	} else if (c > 0 && strchr("@*#?-$!", c)) {
		strbuf_putc(&name, (char)source_get(source));
	}
	if (name.length)
		copy = arena_strdup(reader_arena(reader), name.data);
	strbuf_free(&name);
	return copy;
}

/* ${...}, after the opening brace */
static void read_braces(struct word_reader *reader, bool quoted)
{
	struct source *source = reader->lexer->source;
	struct word_part *part = add_part(reader, PART_PARAM, quoted);
	bool pattern;

	part->text = read_param_name(reader, true);
	/* ${#} is a count; ${#x} is a length. */
	if (part->text && !strcmp(part->text, "#") && source_peek(source) != '}') {
		const char *name = read_param_name(reader, true);

		if (name) {
			part->text = name;
			part->op = PARAM_LENGTH;
		}
	}
	if (part->text && source_peek(source) == '}') {
		source_get(source);
		return;
	}
	if (!part->text || part->op == PARAM_LENGTH || !read_param_op(source, part)) {
		lexer_error(reader->lexer, "bad substitution");
		return;
	}
	pattern = part->op >= PARAM_PREFIX;
	part->operand = word_read(reader->lexer, WORD_BRACE, quoted && !pattern);
}

static void read_dollar(struct word_reader *reader, bool quoted)
{
	struct source *source = reader->lexer->source;
	struct word_part *part;
	const char *name;

	if (source_peek(source) == '(') {
		flush_text(reader);
		source_get(source);
		if (source_peek(source) == '(') {
			source_get(source);
			part = add_part(reader, PART_ARITH, quoted);
			part->operand = word_read(reader->lexer, WORD_ARITH, true);
		} else {
			read_command(reader, quoted);
		}
	} else if (source_peek(source) == '{') {
		flush_text(reader);
		source_get(source);
		read_braces(reader, quoted);
	} else if ((name = read_param_name(reader, false))) {
		flush_text(reader);
		part = add_part(reader, PART_PARAM, quoted);
		part->text = name;
	} else {
		add_char(reader, '$', quoted);
	}
}

/* `list` : the text up to the next backquote, without its backslashes, is parsed by itself. */
static void read_backquote(struct word_reader *reader, bool quoted)
{
	struct source *source = reader->lexer->source;
	struct strbuf text = {0};
	struct word_part *part;
	struct source inner;
	struct lexer lexer;
	int c;

	while ((c = source_get(source)) != '`' && c != SOURCE_END) {
		if (c == '\\') {
			int next = source_peek(source);

			if (next == '`' || next == '\\' || next == '$' || (quoted && next == '"'))
				c = source_get(source);
		}
		strbuf_putc(&text, (char)c);
	}
	if (c == SOURCE_END)
		lexer_error(reader->lexer, "` without its end");
	flush_text(reader);
	part = add_part(reader, PART_COMMAND, quoted);
	source_open_string(&inner, strbuf_text(&text));
	lexer_init(&lexer, &inner, reader->lexer->program);
	part->command = parse_to_end(&lexer);
	if (lexer.failed)
		lexer_error(reader->lexer, "in `...`");
	source_close(&inner);
	strbuf_free(&text);
}

/* ---- quotes ---- */

static void read_single_quotes(struct word_reader *reader)
{
	int c;

	begin_text(reader, true);
	while ((c = source_get(reader->lexer->source)) != '\'') {
		if (c == SOURCE_END) {
			lexer_error(reader->lexer, "' without its end");
			return;
		}
		strbuf_putc(&reader->text, (char)c);
	}
}

static void read_double_quotes(struct word_reader *reader)
{
	struct word *inside = word_read(reader->lexer, WORD_QUOTE, true);

	if (!inside->parts) {
		begin_text(reader, true);
		return;
	}
	flush_text(reader);
	*reader->tail = inside->parts;
	while (*reader->tail)
		reader->tail = &(*reader->tail)->next;
}

/* Inside double quotes a backslash quotes these only, and stays before anything else. */
static bool backslash_quotes(int c, enum word_end end)
{
	if (c == '$' || c == '`' || c == '\\')
		return true;
	return (c == '"' && (end == WORD_QUOTE || end == WORD_BRACE)) ||
	       (c == '}' && end == WORD_BRACE);
}

static void read_backslash(struct word_reader *reader, enum word_end end, bool quoted)
{
	int c = source_get(reader->lexer->source);

	if (c == '\n')
		return;
	if (c == SOURCE_END) {
		add_char(reader, '\\', true);
		return;
	}
	if (quoted && !backslash_quotes(c, end))
		add_char(reader, '\\', true);
	add_char(reader, c, true);
}

/* ---- words ---- */

/* Takes the word's end if c is it. The depth counts open parentheses of an expression. */
static bool at_end(struct word_reader *reader, int c, enum word_end end, int *depth)
{
	struct source *source = reader->lexer->source;

	switch (end) {
	case WORD_BLANK:
		return char_ends_word(c);
	case WORD_QUOTE:
		if (c != '"')
			return false;
		source_get(source);
		return true;
	case WORD_BRACE:
		if (c != '}')
			return false;
		source_get(source);
		return true;
	case WORD_ARITH:
		*depth += (c == '(') - (c == ')');
		if (*depth >= 0)
			return false;
		source_get(source);
		if (source_peek(source) == ')')
			source_get(source);
		else
			lexer_error(reader->lexer, "$(( without its ))");
		return true;
	case WORD_INPUT:
		return false;
	}
	return true;
}

static const char *const missing_end[] = {
	[WORD_QUOTE] = "\" without its end",
	[WORD_BRACE] = "${ without its }",
	[WORD_ARITH] = "$(( without its ))",
};

/* Reads one character, or all that it introduces. */
static void read_char(struct word_reader *reader, int c, enum word_end end, bool quoted)
{
	if (c == '\\')
		read_backslash(reader, end, quoted);
	else if (c == '$')
		read_dollar(reader, quoted);
	else if (c == '`')
		read_backquote(reader, quoted);
	else if (c == '\'' && !quoted)
		read_single_quotes(reader);
	else if (c == '"' && (!quoted || end == WORD_BRACE))
		read_double_quotes(reader);
	else
		add_char(reader, c, quoted);
}

struct word *word_read(struct lexer *lexer, enum word_end end, bool quoted)
{
	static int depth; /* of words within words: ${a-${b-...}} */
	struct word_reader reader = {.lexer = lexer};
	struct word *word = arena_zalloc(&lexer->program->arena, sizeof(*word));
	int parentheses = 0;

	reader.tail = &reader.first;
	if (++depth > MAX_DEPTH)
		lexer_error(lexer, "words nested too deeply");
	while (!lexer->failed) {
		int c = source_peek(lexer->source);

		if (c == SOURCE_END) {
			if (end != WORD_BLANK && end != WORD_INPUT)
				lexer_error(lexer, missing_end[end]);
			break;
		}
		if (at_end(&reader, c, end, &parentheses))
			break;
		source_get(lexer->source);
		read_char(&reader, c, end, quoted);
	}
	flush_text(&reader);
	strbuf_free(&reader.text);
	depth--;
	word->parts = reader.first;
	return word;
}
