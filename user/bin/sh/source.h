/* SPDX-License-Identifier: MIT */
/*
 * Where the shell's characters come from: a string, a file, standard input, the line editor.
 *
 * A source holds the text of the complete command being read, as far as it has been read; more
 * is added line by line as the lexer asks for it. So the lexer can step back, and a command can
 * be shown as it was typed.
 */
#ifndef SH_SOURCE_H
#define SH_SOURCE_H

#include <stdbool.h>

#include "mem.h"

#define SOURCE_END (-1)

struct source {
	struct strbuf text; /* since the start of this complete command */
	size_t pos;         /* the next character to read in text */
	int line;           /* the number of the line that pos is in */
	bool ended;         /* no more can be added to text */
	bool interrupted;   /* it ended because ^C was typed */
	/* Adds a line to text; false when there is none. */
	bool (*refill)(struct source *source);
	int fd;
	/* What has been read from fd and not yet added. Empty between commands if keep_offset. */
	char *block;
	size_t block_pos;
	size_t block_length;
	bool keep_offset; /* commands read from fd too: never read beyond the line needed */
	bool seekable;
};

void source_open_string(struct source *source, const char *text);

/* Takes fd over: it is moved out of the way of the user's descriptors and closed at the end. */
void source_open_file(struct source *source, int fd);

/* True if a file just opened cannot be a script: its first line has a NUL character. */
bool source_is_binary(struct source *source);

/* Standard input, which the commands read from as well. */
void source_open_stdin(struct source *source);

/* The line editor, with prompts. */
void source_open_terminal(struct source *source);

void source_close(struct source *source);

/* Forgets the text before pos: a new complete command starts here. */
void source_begin(struct source *source);

/* Forgets the rest of what was read: after a syntax error or ^C. */
void source_discard(struct source *source);

/* True if nothing but blanks is left, without reading more. Only a string's end is ever known. */
bool source_exhausted(const struct source *source);

bool source_fill(struct source *source);

/* The next character, or SOURCE_END. */
static inline int source_get(struct source *source)
{
	int c;

	if (source->pos == source->text.length && !source_fill(source))
		return SOURCE_END;
	c = (unsigned char)source->text.data[source->pos++];
	if (c == '\n')
		source->line++;
	return c;
}

/* The next character, which stays there. */
static inline int source_peek(struct source *source)
{
	if (source->pos == source->text.length && !source_fill(source))
		return SOURCE_END;
	return (unsigned char)source->text.data[source->pos];
}

#endif
