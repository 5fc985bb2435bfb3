/* SPDX-License-Identifier: MIT */
/*
 * Characters to tokens. A word's quotes and expansions are taken apart here, once; a command
 * substitution inside a word calls the parser, which calls the lexer again on the same source.
 *
 * After an error every token is TOK_END, so that each loop of the parser comes to its end and
 * only the top has to look at `failed`.
 */
#ifndef SH_LEXER_H
#define SH_LEXER_H

#include "source.h"
#include "tree.h"

enum token_kind {
	TOK_END,
	TOK_NEWLINE,
	TOK_WORD,
	TOK_AND_AND,
	TOK_OR_OR,
	TOK_SEMI,
	TOK_SEMI_SEMI,
	TOK_AMP,
	TOK_PIPE,
	TOK_LEFT,
	TOK_RIGHT,
	/* redirections, in one row: see token_is_redir */
	TOK_LESS,
	TOK_GREAT,
	TOK_GREAT_GREAT,
	TOK_GREAT_PIPE,
	TOK_LESS_GREAT,
	TOK_LESS_AND,
	TOK_GREAT_AND,
	TOK_LESS_LESS,
	TOK_LESS_LESS_DASH,
};

struct token {
	enum token_kind kind;
	struct word *word; /* TOK_WORD */
	int fd;            /* redirections: the number before the operator, or -1 */
	int line;
	size_t start, end; /* where it stands in the source's text */
};

struct lexer {
	struct source *source;
	struct program *program;
	struct token token; /* the next token, if ready */
	bool ready;
	bool failed;           /* a message has been printed, or input was interrupted */
	size_t last_end;       /* where the last token taken ended */
	struct redir *pending; /* here-documents whose text follows the next newline */
};

void lexer_init(struct lexer *lexer, struct source *source, struct program *program);

/* The next token, which stays there. */
const struct token *lexer_peek(struct lexer *lexer);

/* Takes the token that lexer_peek showed. */
void lexer_advance(struct lexer *lexer);

/* Registers a here-document: its text is read after the next newline. */
void lexer_add_here(struct lexer *lexer, struct redir *redir);

/* Prints "line N: syntax error: WHAT" and fails. */
void lexer_error(struct lexer *lexer, const char *what);

/* Says that the next token cannot stand where it stands, and fails. */
void lexer_unexpected(struct lexer *lexer);

/* The text of an unquoted word without expansions, or NULL. */
const char *word_literal(const struct word *word);

/* A string as the inside of a pair of double quotes: prompts, here-documents. */
struct word *lexer_quoted_word(const char *text, struct program *program);

static inline bool token_is_redir(const struct token *token)
{
	return token->kind >= TOK_LESS;
}

static inline bool is_name_start(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static inline bool is_name_char(int c)
{
	return is_name_start(c) || (c >= '0' && c <= '9');
}

/* The length of the name that text begins with. */
static inline size_t name_length(const char *text)
{
	size_t length = 0;

	if (is_name_start((unsigned char)text[0]))
		while (is_name_char((unsigned char)text[length]))
			length++;
	return length;
}

#endif
