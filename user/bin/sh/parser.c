/* SPDX-License-Identifier: MIT */
/* Programs, lists and pipelines, and what all rules of the grammar use. See parser.h. */
#include "parser.h"

#include <stdlib.h>
#include <string.h>

#include "grammar.h"
#include "shell.h"

#define MAX_CHAIN 10000 /* the executor goes down to the first of them by recursion */

struct program *program_new(void)
{
	struct program *program = mem_alloc(sizeof(*program));

	*program = (struct program){.references = 1};
	return program;
}

void program_get(struct program *program)
{
	program->references++;
}

void program_put(struct program *program)
{
	if (--program->references)
		return;
	arena_release(&program->arena, (struct arena_mark){0});
	free(program);
}

/* ---- helpers ---- */

struct arena *parse_arena(struct lexer *lexer)
{
	return &lexer->program->arena;
}

enum token_kind next_kind(struct lexer *lexer)
{
	return lexer_peek(lexer)->kind;
}

struct node *node_new(struct lexer *lexer, enum node_kind kind)
{
	const struct token *token = lexer_peek(lexer);
	struct node *node = arena_zalloc(parse_arena(lexer), sizeof(*node));

	node->kind = kind;
	node->program = lexer->program;
	node->line = token->line;
	node->text_start = token->start;
	node->text_end = token->end;
	return node;
}

struct node *node_wrap(struct lexer *lexer, enum node_kind kind, const struct node *from)
{
	struct node *node = node_new(lexer, kind);

	node->line = from->line;
	node->text_start = from->text_start;
	return node;
}

struct node *node_end(struct lexer *lexer, struct node *node)
{
	node->text_end = lexer->last_end;
	return node;
}

const char *next_literal(struct lexer *lexer)
{
	const struct token *token = lexer_peek(lexer);

	return token->kind == TOK_WORD ? word_literal(token->word) : NULL;
}

bool next_is(struct lexer *lexer, const char *reserved)
{
	const char *literal = next_literal(lexer);

	return literal && !strcmp(literal, reserved);
}

bool accept_word(struct lexer *lexer, const char *reserved)
{
	if (!next_is(lexer, reserved))
		return false;
	lexer_advance(lexer);
	return true;
}

void expect_word(struct lexer *lexer, const char *reserved)
{
	if (!accept_word(lexer, reserved))
		lexer_unexpected(lexer);
}

bool accept_token(struct lexer *lexer, enum token_kind kind)
{
	if (next_kind(lexer) != kind)
		return false;
	lexer_advance(lexer);
	return true;
}

void expect_token(struct lexer *lexer, enum token_kind kind)
{
	if (!accept_token(lexer, kind))
		lexer_unexpected(lexer);
}

void skip_newlines(struct lexer *lexer)
{
	while (accept_token(lexer, TOK_NEWLINE))
		;
}

bool closes_list(struct lexer *lexer)
{
	static const char *const closing[] = {"then", "elif", "else", "fi",
					      "do",   "done", "esac", "}"};
	const char *literal;

	switch (next_kind(lexer)) {
	case TOK_END:
	case TOK_RIGHT:
	case TOK_SEMI_SEMI:
		return true;
	case TOK_WORD:
		break;
	default:
		return false;
	}
	literal = next_literal(lexer);
	for (size_t i = 0; literal && i < sizeof(closing) / sizeof(closing[0]); i++)
		if (!strcmp(literal, closing[i]))
			return true;
	return false;
}

/* ---- lists ---- */

static struct node *parse_pipeline(struct lexer *lexer)
{
	bool negate = accept_word(lexer, "!");
	struct node *node = parse_command(lexer);
	struct node * not ;

	if (next_kind(lexer) == TOK_PIPE) {
		struct node *pipeline = node_wrap(lexer, NODE_PIPELINE, node);
		struct node **tail = &node->next;

		pipeline->pipeline.stages = node;
		pipeline->pipeline.count = 1;
		while (accept_token(lexer, TOK_PIPE)) {
			skip_newlines(lexer);
			*tail = parse_command(lexer);
			tail = &(*tail)->next;
			pipeline->pipeline.count++;
		}
		node = node_end(lexer, pipeline);
	}
	if (!negate)
		return node;
	not = node_wrap(lexer, NODE_NOT, node);
	not ->binary.left = node;
	return node_end(lexer, not );
}

static struct node *parse_and_or(struct lexer *lexer)
{
	struct node *left = parse_pipeline(lexer);
	int count = 0;

	while (next_kind(lexer) == TOK_AND_AND || next_kind(lexer) == TOK_OR_OR) {
		enum node_kind kind = next_kind(lexer) == TOK_AND_AND ? NODE_AND : NODE_OR;
		struct node *node = node_wrap(lexer, kind, left);

		lexer_advance(lexer);
		skip_newlines(lexer);
		node->binary.left = left;
		node->binary.right = parse_pipeline(lexer);
		left = node_end(lexer, node);
		if (++count > MAX_CHAIN)
			lexer_error(lexer, "too many commands joined by && and ||");
	}
	return left;
}

/* One and_or with what separates it from the next; false if nothing can follow. */
static bool parse_item(struct lexer *lexer, struct node ***tail)
{
	struct node *node = parse_and_or(lexer);

	**tail = node;
	*tail = &node->next;
	if (next_kind(lexer) == TOK_AMP)
		node->background = true;
	return accept_token(lexer, TOK_AMP) || accept_token(lexer, TOK_SEMI);
}

/* A list over any number of lines, up to what closes it. */
struct node *parse_list(struct lexer *lexer)
{
	struct node *head = NULL, **tail = &head;

	skip_newlines(lexer);
	while (!closes_list(lexer)) {
		if (!parse_item(lexer, &tail) && next_kind(lexer) != TOK_NEWLINE)
			break;
		skip_newlines(lexer);
	}
	return head;
}

struct node *parse_substitution(struct lexer *lexer)
{
	struct node *list = parse_list(lexer);

	expect_token(lexer, TOK_RIGHT);
	return list;
}

struct node *parse_to_end(struct lexer *lexer)
{
	struct node *list = parse_list(lexer);

	if (next_kind(lexer) != TOK_END)
		lexer_unexpected(lexer);
	return list;
}

struct program *parse_program(struct source *source)
{
	struct program *program = program_new();
	struct node **tail = &program->body;
	struct lexer lexer;

	source_begin(source);
	lexer_init(&lexer, source, program);
	while (next_kind(&lexer) != TOK_NEWLINE && next_kind(&lexer) != TOK_END)
		if (!parse_item(&lexer, &tail))
			break;
	if (next_kind(&lexer) != TOK_NEWLINE && next_kind(&lexer) != TOK_END)
		lexer_unexpected(&lexer);
	if (lexer.failed || source->interrupted) {
		program_put(program);
		return NULL;
	}
	program->text = arena_strndup(&program->arena, strbuf_text(&source->text), source->pos);
	return program;
}
