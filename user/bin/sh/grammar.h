/* SPDX-License-Identifier: MIT */
/* The rules of the grammar, for one another. Only parser.c's own interface is for others. */
#ifndef SH_GRAMMAR_H
#define SH_GRAMMAR_H

#include "lexer.h"

/* The rules. Each begins at the next token and leaves the one after what it took. */
struct node *parse_list(struct lexer *lexer); /* perhaps empty: NULL */
struct node *parse_command(struct lexer *lexer);
struct node *parse_simple(struct lexer *lexer); /* and functions, which begin alike */
void parse_redirs(struct lexer *lexer, struct node *node);

/* Nodes. Their text begins at the next token, or where `from` began, and ends with the last one. */
struct arena *parse_arena(struct lexer *lexer);
struct node *node_new(struct lexer *lexer, enum node_kind kind);
struct node *node_wrap(struct lexer *lexer, enum node_kind kind, const struct node *from);
struct node *node_end(struct lexer *lexer, struct node *node);

/* The next token: what it is, whether it is that, taking it if it is, and failing unless it is. */
enum token_kind next_kind(struct lexer *lexer);
const char *next_literal(struct lexer *lexer);
bool next_is(struct lexer *lexer, const char *reserved);
bool accept_word(struct lexer *lexer, const char *reserved);
bool accept_token(struct lexer *lexer, enum token_kind kind);
void expect_word(struct lexer *lexer, const char *reserved);
void expect_token(struct lexer *lexer, enum token_kind kind);
void skip_newlines(struct lexer *lexer);

/* True at the end, and at words and tokens that close a list and so cannot begin a command. */
bool closes_list(struct lexer *lexer);

#endif
