/* SPDX-License-Identifier: MIT */
/* The inside of words: quotes, parameters and substitutions become a row of parts. */
#ifndef SH_WORDS_H
#define SH_WORDS_H

#include "lexer.h"

/* Where a word ends. */
enum word_end {
	WORD_BLANK, /* before a blank or an operator: an ordinary word */
	WORD_QUOTE, /* after the closing double quote */
	WORD_BRACE, /* after the } of ${x-word} */
	WORD_ARITH, /* after the )) of $((expression)) */
	WORD_INPUT, /* at the end of the source: here-documents */
};

/* Reads a word from the lexer's source. With quoted, all its parts count as quoted. */
struct word *word_read(struct lexer *lexer, enum word_end end, bool quoted);

/* True if c ends an ordinary word. */
bool char_ends_word(int c);

#endif
