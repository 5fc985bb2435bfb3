/* SPDX-License-Identifier: MIT */
/*
 * Drawing the line: see screen.h.
 *
 * The row and column of every character follow from its width and the terminal's, so nothing is
 * ever asked of the terminal. Each change is one write.
 */
#include "screen.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../utf8.h"
#include "mem.h"
#include "shell.h"
#include "terminal.h"

#define SCREEN_ALL_ROWS 0x7fffffff

/* Nothing is shown: the terminal's cursor is at the start of an empty row. */
static void screen_forget(struct screen *screen)
{
	screen->cursor = screen->end = (struct place){0, 0};
	screen->first_row = 0;
}

/* A walk over prompt and text. What lies in the rows from..to is written to out, if there is
 * one. */
struct walk {
	const struct screen *screen;
	struct strbuf *out;
	int from, to;
	struct place place;
};

static void put_sequence(struct strbuf *out, int number, char letter)
{
	char sequence[16];

	if (number <= 0)
		return;
	snprintf(sequence, sizeof(sequence), "\033[%d%c", number, letter);
	strbuf_puts(out, sequence);
}

static void write_out(struct strbuf *out)
{
	(void)!write(STDOUT_FILENO, strbuf_text(out), out->length);
	strbuf_free(out);
}

static void walk_put(struct walk *walk, const char *bytes, int length, int columns)
{
	if (walk->place.column + columns > walk->screen->columns) {
		walk->place.row++;
		walk->place.column = 0;
	}
	if (walk->out && walk->place.row >= walk->from && walk->place.row <= walk->to)
		strbuf_put(walk->out, bytes, (size_t)length);
	walk->place.column += columns;
}

/* The length of the color or other control sequence that text begins with, or 0. */
static size_t sequence_length(const char *text)
{
	size_t length;

	if (text[0] != '\033' || text[1] != '[')
		return 0;
	length = 2 + strspn(text + 2, "0123456789;?");
	return text[length] ? length + 1 : length;
}

static void walk_char(struct walk *walk, const char *text, int length)
{
	unsigned char c = (unsigned char)*text;

	if (c < ' ' || c == 127) {
		char shown[2] = {'^', (char)(c ^ 0x40)};

		walk_put(walk, shown, 1, 1);
		walk_put(walk, shown + 1, 1, 1);
	} else {
		walk_put(walk, text, length, utf8_columns(text));
	}
}

static void walk_prompt(struct walk *walk)
{
	const char *p = walk->screen->prompt;

	while (*p) {
		size_t sequence = sequence_length(p);
		int length = utf8_length(p);

		if (sequence) {
			if (walk->out)
				strbuf_put(walk->out, p, sequence);
			p += sequence;
		} else {
			walk_char(walk, p, length);
			p += length;
		}
	}
}

static void walk_text(struct walk *walk, const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		int step = utf8_length(text + i);

		walk_char(walk, text + i, step);
		i += (size_t)step;
	}
}

/* Where the next character goes: after a full row that is the row below. */
static struct place next_place(const struct screen *screen, struct place place)
{
	if (place.column >= screen->columns)
		return (struct place){place.row + 1, 0};
	return place;
}

static bool same_place(struct place a, struct place b)
{
	return a.row == b.row && a.column == b.column;
}

static struct place place_of(const struct screen *screen, const char *text, size_t length)
{
	struct walk walk = {.screen = screen};

	if (length == SCREEN_ALL)
		return walk.place;
	walk_prompt(&walk);
	walk_text(&walk, text, length);
	return walk.place;
}

void screen_begin(struct screen *screen, const char *prompt)
{
	struct strbuf out = {0};
	struct walk walk = {.screen = screen, .out = &out, .to = SCREEN_ALL_ROWS};

	*screen = (struct screen){.prompt = prompt};
	terminal_size(&screen->rows, &screen->columns);
	walk_prompt(&walk);
	screen->cursor = screen->end = walk.place;
	write_out(&out);
}

/* Moves the terminal's cursor. */
static void move_cursor(struct screen *screen, struct strbuf *out, struct place to)
{
	struct place from = screen->cursor;

	if (same_place(next_place(screen, from), to))
		return;
	/* At the end of a full row the terminal has yet to wrap, and not all agree where it is. */
	if (from.column >= screen->columns) {
		strbuf_putc(out, '\r');
		from.column = 0;
	}
	put_sequence(out, from.row - to.row, 'A');
	put_sequence(out, to.row - from.row, 'B');
	if (from.column - to.column == 1)
		strbuf_putc(out, '\b');
	else
		put_sequence(out, from.column - to.column, 'D');
	put_sequence(out, to.column - from.column, 'C');
	screen->cursor = to;
}

/* Chooses the rows to show, so that the cursor's is among them. True if they are others than
 * before. */
static bool choose_rows(struct screen *screen, int cursor_row, int end_row)
{
	int before = screen->first_row;

	if (screen->first_row > end_row - screen->rows + 1)
		screen->first_row = end_row - screen->rows + 1;
	if (screen->first_row < 0)
		screen->first_row = 0;
	if (cursor_row < screen->first_row)
		screen->first_row = cursor_row;
	if (cursor_row >= screen->first_row + screen->rows)
		screen->first_row = cursor_row - screen->rows + 1;
	return screen->first_row != before;
}

/* Draws what changed, or all of it; leaves the cursor at the end of what is shown. */
static void draw_text(struct screen *screen, struct strbuf *out, const char *text, size_t from,
		      struct place end)
{
	struct walk walk = {.screen = screen, .from = screen->first_row};
	bool all = from == SCREEN_ALL;
	struct place start = {0, 0};

	if (!all)
		start = next_place(screen, place_of(screen, text, from));
	move_cursor(screen, out, start);
	if (all || !same_place(next_place(screen, screen->end), start))
		strbuf_puts(out, "\033[J");
	walk.to = screen->first_row + screen->rows - 1;
	walk.out = all ? out : NULL;
	walk_prompt(&walk);
	if (!all) {
		walk_text(&walk, text, from);
		walk.out = out;
		text += from;
	}
	walk_text(&walk, text, strlen(text));
	end.row -= screen->first_row;
	/* Rows below the screen are not shown. */
	if (end.row >= screen->rows)
		end = (struct place){screen->rows - 1, screen->columns};
	screen->end = end;
	/* If nothing was written, the cursor stays at the start, be it below a full row. */
	if (all || *text)
		screen->cursor = end;
}

void screen_draw(struct screen *screen, const char *text, size_t cursor, size_t from)
{
	size_t length = strlen(text);
	struct place end = place_of(screen, text, length), place = end;
	struct strbuf out = {0};

	if (cursor < length)
		place = next_place(screen, place_of(screen, text, cursor));
	/* A line taller than the screen scrolls, and then nothing is where it was. */
	if (choose_rows(screen, place.row, end.row) || end.row >= screen->rows)
		from = SCREEN_ALL;
	draw_text(screen, &out, text, from, end);
	if (cursor < length) {
		place.row -= screen->first_row;
		move_cursor(screen, &out, place);
	}
	write_out(&out);
}

void screen_move(struct screen *screen, const char *text, size_t cursor)
{
	struct place place = place_of(screen, text, cursor);
	struct strbuf out = {0};

	/* To the end of a full row no movement leads, nor to rows that are not shown. */
	if (cursor < strlen(text))
		place = next_place(screen, place);
	place.row -= screen->first_row;
	if (place.column >= screen->columns || place.row < 0 || place.row >= screen->rows) {
		screen_draw(screen, text, cursor, SCREEN_ALL);
		return;
	}
	move_cursor(screen, &out, place);
	write_out(&out);
}

void screen_end(struct screen *screen)
{
	struct strbuf out = {0};

	put_sequence(&out, screen->end.row - screen->cursor.row, 'B');
	strbuf_puts(&out, "\n");
	write_out(&out);
	screen_forget(screen);
}

void screen_clear(struct screen *screen)
{
	(void)!write(STDOUT_FILENO, "\033[H\033[2J", 7);
	screen_forget(screen);
}
