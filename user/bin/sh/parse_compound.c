/* SPDX-License-Identifier: MIT */
/* Compound commands: if, while, for, case, { } and ( ). See parser.h. */
#include <string.h>

#include "grammar.h"

#define MAX_DEPTH 200 /* of nested commands: the parser and the executor recurse */

/* ---- compound commands ---- */

/* A list that must not be empty. */
static struct node *parse_body(struct lexer *lexer)
{
	struct node *list = parse_list(lexer);

	if (!list)
		lexer_unexpected(lexer);
	return list;
}

static struct node *parse_do_done(struct lexer *lexer)
{
	struct node *body;

	expect_word(lexer, "do");
	body = parse_body(lexer);
	expect_word(lexer, "done");
	return body;
}

static void parse_branch(struct lexer *lexer, struct node *node)
{
	node->branch.condition = parse_body(lexer);
	expect_word(lexer, "then");
	node->branch.then = parse_body(lexer);
}

/* A loop, as in exec_if(): there may be more branches than calls fit on the stack. */
static struct node *parse_if(struct lexer *lexer)
{
	struct node *node = node_new(lexer, NODE_IF), *first = node;

	parse_branch(lexer, node);
	while (accept_word(lexer, "elif")) {
		node->branch.elif = true;
		node->branch.otherwise = node_new(lexer, NODE_IF);
		node = node->branch.otherwise;
		parse_branch(lexer, node);
	}
	if (accept_word(lexer, "else"))
		node->branch.otherwise = parse_body(lexer);
	expect_word(lexer, "fi");
	return first;
}

static struct node *parse_loop(struct lexer *lexer, enum node_kind kind)
{
	struct node *node = node_new(lexer, kind);

	node->loop.condition = parse_body(lexer);
	node->loop.body = parse_do_done(lexer);
	return node;
}

static struct node *parse_for(struct lexer *lexer)
{
	struct node *node = node_new(lexer, NODE_FOR);
	struct word **tail = &node->each.words;

	node->each.name = next_literal(lexer);
	if (!node->each.name || name_length(node->each.name) != strlen(node->each.name)) {
		lexer_unexpected(lexer);
		return node;
	}
	lexer_advance(lexer);
	skip_newlines(lexer);
	node->each.over_arguments = !accept_word(lexer, "in");
	if (!node->each.over_arguments) {
		while (next_kind(lexer) == TOK_WORD) {
			*tail = lexer_peek(lexer)->word;
			tail = &(*tail)->next;
			lexer_advance(lexer);
		}
		if (next_kind(lexer) != TOK_SEMI && next_kind(lexer) != TOK_NEWLINE)
			lexer_unexpected(lexer);
	}
	accept_token(lexer, TOK_SEMI);
	skip_newlines(lexer);
	node->each.body = parse_do_done(lexer);
	return node;
}

/* [(] pattern { | pattern } ) list */
static struct case_item *parse_case_item(struct lexer *lexer)
{
	struct case_item *item = arena_zalloc(parse_arena(lexer), sizeof(*item));
	struct word **tail = &item->patterns;

	accept_token(lexer, TOK_LEFT);
	do {
		if (next_kind(lexer) != TOK_WORD) {
			lexer_unexpected(lexer);
			return item;
		}
		*tail = lexer_peek(lexer)->word;
		tail = &(*tail)->next;
		lexer_advance(lexer);
	} while (accept_token(lexer, TOK_PIPE));
	expect_token(lexer, TOK_RIGHT);
	item->body = parse_list(lexer);
	return item;
}

static struct node *parse_case(struct lexer *lexer)
{
	struct node *node = node_new(lexer, NODE_CASE);
	struct case_item **tail = &node->choice.items;

	if (next_kind(lexer) != TOK_WORD) {
		lexer_unexpected(lexer);
		return node;
	}
	node->choice.subject = lexer_peek(lexer)->word;
	lexer_advance(lexer);
	skip_newlines(lexer);
	expect_word(lexer, "in");
	skip_newlines(lexer);
	while (!lexer->failed && !next_is(lexer, "esac")) {
		*tail = parse_case_item(lexer);
		tail = &(*tail)->next;
		if (!accept_token(lexer, TOK_SEMI_SEMI))
			break;
		skip_newlines(lexer);
	}
	expect_word(lexer, "esac");
	return node;
}

static struct node *parse_brackets(struct lexer *lexer, enum node_kind kind)
{
	struct node *node = node_new(lexer, kind);

	node->body = parse_body(lexer);
	if (kind == NODE_GROUP)
		expect_word(lexer, "}");
	else
		expect_token(lexer, TOK_RIGHT);
	return node;
}

/* NULL if the next token begins no compound command. */
static struct node *parse_compound(struct lexer *lexer)
{
	if (accept_token(lexer, TOK_LEFT))
		return parse_brackets(lexer, NODE_SUBSHELL);
	if (accept_word(lexer, "{"))
		return parse_brackets(lexer, NODE_GROUP);
	if (accept_word(lexer, "if"))
		return parse_if(lexer);
	if (accept_word(lexer, "while"))
		return parse_loop(lexer, NODE_WHILE);
	if (accept_word(lexer, "until"))
		return parse_loop(lexer, NODE_UNTIL);
	if (accept_word(lexer, "for"))
		return parse_for(lexer);
	if (accept_word(lexer, "case"))
		return parse_case(lexer);
	return NULL;
}

struct node *parse_command(struct lexer *lexer)
{
	static int depth;
	size_t start = lexer_peek(lexer)->start;
	struct node *node;

	if (++depth > MAX_DEPTH)
		lexer_error(lexer, "commands nested too deeply");
	node = parse_compound(lexer);
	if (node) {
		parse_redirs(lexer, node);
		node->text_start = start;
		node_end(lexer, node);
	} else if (closes_list(lexer)) {
		lexer_unexpected(lexer);
		node = node_new(lexer, NODE_SIMPLE);
	} else {
		node = parse_simple(lexer);
	}
	depth--;
	return node;
}
