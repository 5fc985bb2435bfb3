/* SPDX-License-Identifier: MIT */
/* Reading lines from strings, files and the terminal: see source.h. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edit.h"
#include "expand.h"
#include "shell.h"

#define BLOCK_SIZE 1024

static void source_init(struct source *source)
{
	*source = (struct source){.line = 1, .fd = -1};
}

static bool refill_nothing(struct source *source)
{
	(void)source;
	return false;
}

void source_open_string(struct source *source, const char *text)
{
	source_init(source);
	source->refill = refill_nothing;
	strbuf_puts(&source->text, text);
}

/* Reads the next block; false at the end of the file. */
static bool read_block(struct source *source)
{
	/* What cannot be given back by seeking must not be read ahead. */
	size_t size = source->keep_offset && !source->seekable ? 1 : BLOCK_SIZE;
	ssize_t got;

	if (!source->block)
		source->block = mem_alloc(BLOCK_SIZE);
	do
		got = read(source->fd, source->block, size);
	while (got < 0 && errno == EINTR && !sh.interrupted);
	if (got < 0 && !sh.interrupted) {
		shell_error("cannot read commands: %s", strerror(errno));
		shell_fail(EXIT_CANNOT);
	}
	source->block_pos = 0;
	source->block_length = got > 0 ? (size_t)got : 0;
	return got > 0;
}

/* Without its NUL characters, which mean nothing in a script, but end a string here. */
static void add_text(struct source *source, const char *text, size_t length)
{
	while (length) {
		size_t run = strnlen(text, length);

		strbuf_put(&source->text, text, run);
		run += run < length;
		text += run;
		length -= run;
	}
}

static bool refill_file(struct source *source)
{
	size_t before = source->text.length;

	for (;;) {
		char *from, *newline;
		size_t length;

		if (source->block_pos == source->block_length && !read_block(source))
			return source->text.length > before;
		from = source->block + source->block_pos;
		length = source->block_length - source->block_pos;
		newline = memchr(from, '\n', length);
		if (newline)
			length = (size_t)(newline - from) + 1;
		add_text(source, from, length);
		source->block_pos += length;
		if (newline)
			break;
	}
	if (source->keep_offset && source->block_pos < source->block_length) {
		off_t surplus = (off_t)(source->block_length - source->block_pos);

		lseek(source->fd, -surplus, SEEK_CUR);
		source->block_length = source->block_pos;
	}
	return true;
}

void source_open_file(struct source *source, int fd)
{
	source_init(source);
	source->refill = refill_file;
	source->fd = shell_move_fd(fd);
}

bool source_is_binary(struct source *source)
{
	const char *newline;

	if (!read_block(source))
		return false;
	newline = memchr(source->block, '\n', source->block_length);
	return memchr(source->block, '\0',
		      newline ? (size_t)(newline - source->block) : source->block_length);
}

void source_open_stdin(struct source *source)
{
	source_init(source);
	source->refill = refill_file;
	source->fd = STDIN_FILENO;
	source->keep_offset = true;
	source->seekable = lseek(STDIN_FILENO, 0, SEEK_CUR) >= 0;
}

static bool refill_terminal(struct source *source)
{
	bool first_line = source->pos == 0;
	struct strbuf prompt = {0};
	enum edit_result result;

	expand_prompt(first_line ? "PS1" : "PS2", &prompt);
	result = edit_read_line(strbuf_text(&prompt), &source->text);
	strbuf_free(&prompt);
	if (result == EDIT_INTERRUPTED)
		source->interrupted = true;
	return result == EDIT_LINE;
}

void source_open_terminal(struct source *source)
{
	source_init(source);
	source->refill = refill_terminal;
}

void source_close(struct source *source)
{
	if (source->fd > STDIN_FILENO)
		close(source->fd);
	free(source->block);
	strbuf_free(&source->text);
}

void source_begin(struct source *source)
{
	size_t rest = source->text.length - source->pos;

	if (source->pos && rest)
		memmove(source->text.data, source->text.data + source->pos, rest);
	strbuf_truncate(&source->text, rest);
	source->pos = 0;
	/* ^C and ^D end a terminal's command, not the terminal. */
	if (source->refill == refill_terminal) {
		source->ended = false;
		source->interrupted = false;
	}
}

void source_discard(struct source *source)
{
	source->pos = source->text.length;
	source_begin(source);
}

bool source_exhausted(const struct source *source)
{
	if (source->refill != refill_nothing)
		return false;
	for (size_t i = source->pos; i < source->text.length; i++)
		if (!strchr(" \t\n", source->text.data[i]))
			return false;
	return true;
}

bool source_fill(struct source *source)
{
	if (source->ended)
		return false;
	if (source->refill(source))
		return true;
	source->ended = true;
	return false;
}
