/* SPDX-License-Identifier: MIT */
/* Tokens, here-documents and error messages of the lexer: see lexer.h. */
#include "lexer.h"

#include <string.h>

#include "shell.h"
#include "words.h"

void lexer_init(struct lexer *lexer, struct source *source, struct program *program)
{
	*lexer = (struct lexer){.source = source, .program = program};
}

void lexer_error(struct lexer *lexer, const char *what)
{
	if (!lexer->failed && !lexer->source->interrupted) {
		if (sh.interactive)
			shell_error("syntax error: %s", what);
		else
			shell_error("line %d: syntax error: %s", lexer->source->line, what);
	}
	lexer->failed = true;
	lexer->token = (struct token){.kind = TOK_END};
	lexer->ready = true;
}

void lexer_unexpected(struct lexer *lexer)
{
	const struct token *token = lexer_peek(lexer);
	const char *text = strbuf_text(&lexer->source->text);
	struct strbuf message = {0};

	if (token->kind == TOK_END) {
		strbuf_puts(&message, "unexpected end of input");
	} else if (token->kind == TOK_NEWLINE || token->kind == TOK_END) {
		strbuf_puts(&message, "unexpected newline");
	} else {
		strbuf_puts(&message, "unexpected `");
		strbuf_put(&message, text + token->start, token->end - token->start);
		strbuf_puts(&message, "'");
	}
	lexer_error(lexer, message.data);
	strbuf_free(&message);
}

/* ---- here-documents ---- */

void lexer_add_here(struct lexer *lexer, struct redir *redir)
{
	struct redir **end = &lexer->pending;

	while (*end)
		end = &(*end)->next_pending;
	*end = redir;
}

/* Adds the next line, newline included, to out; false at the end of the input. */
static bool read_line(struct source *source, bool strip_tabs, struct strbuf *out)
{
	int c;

	while (strip_tabs && source_peek(source) == '\t')
		source_get(source);
	if (source_peek(source) == SOURCE_END)
		return false;
	while ((c = source_get(source)) != SOURCE_END) {
		strbuf_putc(out, (char)c);
		if (c == '\n')
			break;
	}
	return true;
}

static bool line_is(const char *line, size_t length, const char *expected)
{
	if (length && line[length - 1] == '\n')
		length--;
	return length == strlen(expected) && !memcmp(line, expected, length);
}

static void read_here(struct lexer *lexer, struct redir *redir)
{
	struct strbuf text = {0};

	for (;;) {
		size_t start = text.length;

		if (!read_line(lexer->source, redir->strip_tabs, &text)) {
			lexer_error(lexer, "here-document without its end");
			break;
		}
		if (line_is(text.data + start, text.length - start, redir->delimiter)) {
			strbuf_truncate(&text, start);
			break;
		}
	}
	if (redir->literal) {
		struct arena *arena = &lexer->program->arena;
		struct word_part *part = arena_zalloc(arena, sizeof(*part));

		part->quoted = true;
		part->text = arena_strdup(arena, strbuf_text(&text));
		redir->target = arena_zalloc(arena, sizeof(*redir->target));
		redir->target->parts = part;
	} else {
		redir->target = lexer_quoted_word(strbuf_text(&text), lexer->program);
		if (!redir->target)
			lexer_error(lexer, "bad substitution in a here-document");
	}
	strbuf_free(&text);
}

static void read_pending_heres(struct lexer *lexer)
{
	while (lexer->pending && !lexer->failed) {
		read_here(lexer, lexer->pending);
		lexer->pending = lexer->pending->next_pending;
	}
}

struct word *lexer_quoted_word(const char *text, struct program *program)
{
	struct source source;
	struct lexer lexer;
	struct word *word;

	source_open_string(&source, text);
	lexer_init(&lexer, &source, program);
	word = word_read(&lexer, WORD_INPUT, true);
	source_close(&source);
	return lexer.failed ? NULL : word;
}

/* ---- tokens ---- */

static void skip_blanks(struct source *source)
{
	for (;;) {
		int c = source_peek(source);

		if (c == ' ' || c == '\t') {
			source_get(source);
		} else if (c == '#') {
			while (source_peek(source) != '\n' && source_peek(source) != SOURCE_END)
				source_get(source);
		} else if (c == '\\') {
			source_get(source);
			if (source_peek(source) != '\n') {
				source->pos--;
				return;
			}
			source_get(source);
		} else {
			return;
		}
	}
}

static bool accept(struct source *source, int c)
{
	if (source_peek(source) != c)
		return false;
	source_get(source);
	return true;
}

static enum token_kind read_less(struct source *source)
{
	if (accept(source, '<'))
		return accept(source, '-') ? TOK_LESS_LESS_DASH : TOK_LESS_LESS;
	if (accept(source, '&'))
		return TOK_LESS_AND;
	return accept(source, '>') ? TOK_LESS_GREAT : TOK_LESS;
}

static enum token_kind read_great(struct source *source)
{
	if (accept(source, '>'))
		return TOK_GREAT_GREAT;
	if (accept(source, '&'))
		return TOK_GREAT_AND;
	return accept(source, '|') ? TOK_GREAT_PIPE : TOK_GREAT;
}

/* Reads an operator; TOK_WORD, having read nothing, if none stands here. */
static enum token_kind read_operator(struct source *source)
{
	int c = source_peek(source);

	if (c == SOURCE_END)
		return TOK_END;
	if (!char_ends_word(c))
		return TOK_WORD;
	source_get(source);
	switch (c) {
	case '\n':
		return TOK_NEWLINE;
	case '&':
		return accept(source, '&') ? TOK_AND_AND : TOK_AMP;
	case '|':
		return accept(source, '|') ? TOK_OR_OR : TOK_PIPE;
	case ';':
		return accept(source, ';') ? TOK_SEMI_SEMI : TOK_SEMI;
	case '(':
		return TOK_LEFT;
	case ')':
		return TOK_RIGHT;
	case '<':
		return read_less(source);
	default:
		return read_great(source);
	}
}

/*
 * A digit right before < or > names the descriptor to redirect. One digit: those from 10 on are the
 * shell's own, see shell_move_fd().
 */
static bool read_fd_number(struct lexer *lexer, struct token *token)
{
	int next = source_peek(lexer->source);
	const char *digits;

	if (next != '<' && next != '>')
		return false;
	digits = word_literal(token->word);
	if (!digits || *digits < '0' || *digits > '9' || digits[1])
		return false;
	token->fd = *digits - '0';
	token->kind = read_operator(lexer->source);
	return true;
}

const struct token *lexer_peek(struct lexer *lexer)
{
	struct token *token = &lexer->token;

	if (lexer->ready)
		return token;
	skip_blanks(lexer->source);
	token->fd = -1;
	token->word = NULL;
	token->line = lexer->source->line;
	token->start = lexer->source->pos;
	token->kind = read_operator(lexer->source);
	if (token->kind == TOK_WORD) {
		token->word = word_read(lexer, WORD_BLANK, false);
		read_fd_number(lexer, token);
	} else if (token->kind == TOK_NEWLINE || token->kind == TOK_END) {
		read_pending_heres(lexer);
	}
	if (lexer->failed)
		*token = (struct token){.kind = TOK_END};
	token->end = lexer->source->pos;
	lexer->ready = true;
	return token;
}

void lexer_advance(struct lexer *lexer)
{
	lexer_peek(lexer);
	lexer->last_end = lexer->token.end;
	/* The end stays the end: nothing is read beyond it. */
	if (lexer->token.kind != TOK_END)
		lexer->ready = false;
}

const char *word_literal(const struct word *word)
{
	const struct word_part *part = word->parts;

	if (!part || part->next || part->quoted || part->kind != PART_TEXT)
		return NULL;
	return part->text;
}
