/* SPDX-License-Identifier: MIT */
/*
 * Tokens to a tree, by recursive descent; one function for each rule of the grammar:
 *
 *     list      and_or { (; | & | newline) and_or }
 *     and_or    pipeline { (&& | ||) pipeline }
 *     pipeline  [!] command { | command }
 *     command   simple | compound redirections | name ( ) compound
 */
#ifndef SH_PARSER_H
#define SH_PARSER_H

#include "lexer.h"

/*
 * Reads one complete command. The caller owns a reference to the result; NULL after a syntax
 * error, which has been reported. A program without a body at the end of the input is the end.
 */
struct program *parse_program(struct source *source);

/* For words: the list of $(list), with its parenthesis; and a whole source. */
struct node *parse_substitution(struct lexer *lexer);
struct node *parse_to_end(struct lexer *lexer);

#endif
