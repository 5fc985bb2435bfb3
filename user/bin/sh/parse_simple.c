/* SPDX-License-Identifier: MIT */
/* Simple commands, redirections and functions: see parser.h. */
#include <stdlib.h>
#include <string.h>

#include "grammar.h"

/* ---- redirections and words ---- */

static enum redir_kind redir_kind(enum token_kind token)
{
	switch (token) {
	case TOK_LESS:
		return REDIR_READ;
	case TOK_GREAT_GREAT:
		return REDIR_APPEND;
	case TOK_LESS_GREAT:
		return REDIR_READWRITE;
	case TOK_LESS_AND:
	case TOK_GREAT_AND:
		return REDIR_DUP;
	case TOK_LESS_LESS:
	case TOK_LESS_LESS_DASH:
		return REDIR_HERE;
	default:
		return REDIR_WRITE;
	}
}

/* A here-document's delimiter stands for itself; any quoting of it makes the text literal. */
static void set_delimiter(struct lexer *lexer, struct redir *redir, const struct word *word)
{
	struct strbuf text = {0};

	for (const struct word_part *part = word->parts; part; part = part->next) {
		if (part->kind != PART_TEXT) {
			lexer_error(lexer, "expansion in a here-document's delimiter");
			break;
		}
		redir->literal |= part->quoted;
		strbuf_puts(&text, part->text);
	}
	redir->delimiter = arena_strdup(parse_arena(lexer), strbuf_text(&text));
	strbuf_free(&text);
}

static struct redir *parse_redir(struct lexer *lexer)
{
	struct redir *redir = arena_zalloc(parse_arena(lexer), sizeof(*redir));
	struct token token = *lexer_peek(lexer);
	bool input = token.kind == TOK_LESS || token.kind == TOK_LESS_GREAT ||
		     token.kind == TOK_LESS_AND || token.kind >= TOK_LESS_LESS;

	lexer_advance(lexer);
	redir->kind = redir_kind(token.kind);
	redir->fd = token.fd >= 0 ? token.fd : !input;
	if (next_kind(lexer) != TOK_WORD) {
		lexer_unexpected(lexer);
		return redir;
	}
	redir->target = lexer_peek(lexer)->word;
	if (redir->kind == REDIR_HERE) {
		redir->strip_tabs = token.kind == TOK_LESS_LESS_DASH;
		set_delimiter(lexer, redir, redir->target);
		/* Before advancing: the next token may be the newline that its text follows. */
		lexer_add_here(lexer, redir);
	}
	lexer_advance(lexer);
	return redir;
}

void parse_redirs(struct lexer *lexer, struct node *node)
{
	struct redir **tail = &node->redirs;

	while (token_is_redir(lexer_peek(lexer))) {
		*tail = parse_redir(lexer);
		tail = &(*tail)->next;
	}
}

/* Splits NAME=value off a word; NULL if the word is none. */
static struct assignment *word_assignment(struct lexer *lexer, const struct word *word)
{
	const struct word_part *first = word->parts;
	struct assignment *assignment;
	struct word_part *rest;
	size_t length;

	if (!first || first->kind != PART_TEXT || first->quoted)
		return NULL;
	length = name_length(first->text);
	if (!length || first->text[length] != '=')
		return NULL;
	assignment = arena_zalloc(parse_arena(lexer), sizeof(*assignment));
	assignment->name = arena_strndup(parse_arena(lexer), first->text, length);
	assignment->value = arena_zalloc(parse_arena(lexer), sizeof(struct word));
	rest = arena_alloc(parse_arena(lexer), sizeof(*rest));
	*rest = *first;
	rest->text = first->text + length + 1;
	assignment->value->parts = *rest->text ? rest : first->next;
	return assignment;
}

/* ---- simple commands ---- */

/* True if expanding the word changes nothing and waits for nothing. */
static bool word_is_pure(const struct word *word)
{
	for (const struct word_part *part = word->parts; part; part = part->next) {
		if (part->kind == PART_COMMAND || part->kind == PART_ARITH)
			return false;
		if (part->kind == PART_PARAM &&
		    (part->op == PARAM_ASSIGN || part->op == PARAM_ERROR))
			return false;
		if (part->operand && !word_is_pure(part->operand))
			return false;
	}
	return true;
}

static bool command_is_pure(const struct node *node)
{
	for (const struct assignment *a = node->simple.assignments; a; a = a->next)
		if (!word_is_pure(a->value))
			return false;
	for (const struct word *word = node->simple.words; word; word = word->next)
		if (!word_is_pure(word))
			return false;
	for (const struct redir *redir = node->redirs; redir; redir = redir->next)
		if (redir->kind == REDIR_HERE || !word_is_pure(redir->target))
			return false;
	return true;
}

/* name ( ) compound: the name has been read as a simple command's first word. */
static struct node *parse_function(struct lexer *lexer, struct node *simple)
{
	const char *name = word_literal(simple->simple.words);
	struct node *node = node_wrap(lexer, NODE_FUNCTION, simple);

	if (!name || name_length(name) != strlen(name)) {
		lexer_unexpected(lexer);
		return node;
	}
	lexer_advance(lexer);
	expect_token(lexer, TOK_RIGHT);
	skip_newlines(lexer);
	node->function.name = name;
	node->function.body = parse_command(lexer);
	return node_end(lexer, node);
}

struct node *parse_simple(struct lexer *lexer)
{
	struct node *node = node_new(lexer, NODE_SIMPLE);
	struct assignment **assignments = &node->simple.assignments;
	struct word **words = &node->simple.words;
	struct redir **redirs = &node->redirs;

	for (;;) {
		const struct token *token = lexer_peek(lexer);

		if (token_is_redir(token)) {
			*redirs = parse_redir(lexer);
			redirs = &(*redirs)->next;
		} else if (token->kind == TOK_WORD) {
			struct word *word = token->word;
			struct assignment *assignment = NULL;

			if (!node->simple.words)
				assignment = word_assignment(lexer, word);
			if (assignment) {
				*assignments = assignment;
				assignments = &assignment->next;
			} else {
				*words = word;
				words = &word->next;
			}
			lexer_advance(lexer);
		} else if (token->kind == TOK_LEFT && node->simple.words &&
			   !node->simple.words->next && !node->redirs) {
			return parse_function(lexer, node);
		} else {
			break;
		}
	}
	if (!node->simple.words && !node->simple.assignments && !node->redirs)
		lexer_unexpected(lexer);
	node->simple.pure = !lexer->failed && command_is_pure(node);
	return node_end(lexer, node);
}
