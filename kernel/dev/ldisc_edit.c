/* SPDX-License-Identifier: MIT */
/*
 * Editing the line being typed, and what that looks like on the screen. A character takes as many
 * columns as the terminal gives it: a tab up to the next stop, a control character two (^X), one of
 * UTF-8 one or, in the East Asian scripts, two.
 */
#include "dev/ldisc_edit.h"

#include "lib/ctype.h"
#include "lib/util.h"

#define TAB_STOP 8

static bool has(const struct ldisc *ldisc, tcflag_t lflag)
{
	return ldisc->termios.c_lflag & lflag;
}

static unsigned char at(const struct ldisc *ldisc, size_t position)
{
	return ldisc->buffer[position % LDISC_SIZE];
}

/* ---- Echo ---- */

void ldisc_put(struct ldisc *ldisc, unsigned char c)
{
	char text[LDISC_OUTPUT_MAX];
	size_t length = ldisc_output(ldisc, c, text);

	ldisc->echo(text, length);
}

/* As ^X: everything that would move the cursor or do worse. */
static bool shown_as_control(const struct ldisc *ldisc, unsigned char c)
{
	return has(ldisc, ECHOCTL) && iscntrl(c) && c != '\t' && c != '\n';
}

static void put_visibly(struct ldisc *ldisc, unsigned char c)
{
	if (shown_as_control(ldisc, c)) {
		ldisc_put(ldisc, '^');
		c ^= 0x40;
	}
	ldisc_put(ldisc, c);
}

void ldisc_echo(struct ldisc *ldisc, unsigned char c)
{
	if (has(ldisc, ECHO))
		put_visibly(ldisc, c);
}

/* ---- Columns ---- */

static bool is_continuation(const struct ldisc *ldisc, unsigned char c)
{
	return (ldisc->termios.c_iflag & IUTF8) && (c & 0xc0) == 0x80;
}

/* Where the character before `position` begins: more than one byte back in UTF-8. */
static size_t character_before(const struct ldisc *ldisc, size_t position)
{
	do {
		position--;
	} while (position != ldisc->committed && is_continuation(ldisc, at(ldisc, position)));
	return position;
}

/* Two columns wide: Hangul, Kana, Han, full-width forms, emoji (Unicode's East_Asian_Width W and
 * F, by blocks). */
static bool is_wide(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},  {0x3400, 0x4dbf},
		    {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f},  {0xac00, 0xd7a3},
		    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6},
		    {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

	for (size_t i = 0; i < ARRAY_SIZE(wide); i++)
		if (c >= wide[i].first && c <= wide[i].last)
			return true;
	return false;
}

/* The code point that begins at `position` and ends before `end`. */
static uint32_t decode(const struct ldisc *ldisc, size_t position, size_t end)
{
	unsigned char lead = at(ldisc, position++);
	uint32_t c = lead < 0xe0 ? lead & 0x1f : lead < 0xf0 ? lead & 0x0f : lead & 0x07;

	for (; position != end && is_continuation(ldisc, at(ldisc, position)); position++)
		c = c << 6 | (at(ldisc, position) & 0x3f);
	return c;
}

/* The column after the character at `position`, which begins in `column`. */
static size_t column_after(const struct ldisc *ldisc, size_t position, size_t column)
{
	unsigned char c = at(ldisc, position);

	if (c == '\t')
		return ALIGN_UP(column + 1, TAB_STOP);
	if (iscntrl(c))
		return column + (shown_as_control(ldisc, c) ? 2 : 0);
	if (is_continuation(ldisc, c))
		return column;
	if ((ldisc->termios.c_iflag & IUTF8) && c >= 0xc0)
		return column + (is_wide(decode(ldisc, position, ldisc->head)) ? 2 : 1);
	return column + 1;
}

/* The column in which the line being typed stands before `end`. */
static size_t column_at(const struct ldisc *ldisc, size_t end)
{
	size_t column = ldisc->line_column;

	for (size_t i = ldisc->committed; i != end; i++)
		column = column_after(ldisc, i, column);
	return column;
}

/* Columns between `start` and the end of the line. Only a tab makes it matter what stands
 * before. */
static size_t columns_from(const struct ldisc *ldisc, size_t start)
{
	size_t column = 0;

	for (size_t i = start; i != ldisc->head; i++) {
		if (at(ldisc, i) == '\t')
			return column_at(ldisc, ldisc->head) - column_at(ldisc, start);
		column = column_after(ldisc, i, column);
	}
	return column;
}

/* ---- Editing ---- */

/* Drops what was typed from `start` on, and wipes it from the screen. */
static void erase_to(struct ldisc *ldisc, size_t start)
{
	if (has(ldisc, ECHO)) {
		for (size_t columns = columns_from(ldisc, start); columns > 0; columns--)
			ldisc->echo("\b \b", 3);
		ldisc->column = column_at(ldisc, start);
	}
	ldisc->head = start;
}

static void erase_character(struct ldisc *ldisc, unsigned char c)
{
	if (ldisc->head == ldisc->committed)
		return;
	size_t start = character_before(ldisc, ldisc->head);
	if (has(ldisc, ECHOE)) {
		erase_to(ldisc, start);
	} else {
		ldisc->head = start;
		ldisc_echo(ldisc, c);
	}
}

/* Back over what is no word, then over a word: letters, digits, _ and all of UTF-8 beyond ASCII. */
static void erase_word(struct ldisc *ldisc)
{
	size_t start = ldisc->head;
	bool in_word = false;

	while (start != ldisc->committed) {
		size_t before = character_before(ldisc, start);
		unsigned char c = at(ldisc, before);
		bool word = isalnum(c) || c == '_' || c >= 0x80;

		if (in_word && !word)
			break;
		in_word |= word;
		start = before;
	}
	erase_to(ldisc, start);
}

static void kill_line(struct ldisc *ldisc, unsigned char c)
{
	if (has(ldisc, ECHOK) && has(ldisc, ECHOKE) && has(ldisc, ECHOE)) {
		erase_to(ldisc, ldisc->committed);
		return;
	}
	ldisc->head = ldisc->committed;
	ldisc_echo(ldisc, c);
	if (has(ldisc, ECHOK) && has(ldisc, ECHO)) {
		ldisc_put(ldisc, '\n');
		ldisc->line_column = ldisc->column;
	}
}

static void reprint(struct ldisc *ldisc, unsigned char c)
{
	if (!has(ldisc, ECHO))
		return;
	put_visibly(ldisc, c);
	ldisc_put(ldisc, '\n');
	ldisc->line_column = ldisc->column;
	for (size_t i = ldisc->committed; i != ldisc->head; i++)
		put_visibly(ldisc, at(ldisc, i));
}

/* Keyboards disagree on what their erase key sends: where one of DEL and ^H erases, both do. */
static bool is_erase(const struct ldisc *ldisc, unsigned char c)
{
	unsigned char erase = ldisc->termios.c_cc[VERASE];

	if (erase == 127 || erase == '\b')
		return c == 127 || c == '\b';
	return ldisc_is(ldisc, VERASE, c);
}

bool ldisc_edit(struct ldisc *ldisc, unsigned char c)
{
	if (is_erase(ldisc, c)) {
		erase_character(ldisc, c);
	} else if (ldisc_is(ldisc, VKILL, c)) {
		kill_line(ldisc, c);
	} else if (!has(ldisc, IEXTEN)) {
		return false;
	} else if (ldisc_is(ldisc, VWERASE, c)) {
		erase_word(ldisc);
	} else if (ldisc_is(ldisc, VREPRINT, c)) {
		reprint(ldisc, c);
	} else if (ldisc_is(ldisc, VLNEXT, c)) {
		ldisc->literal = true;
		if (has(ldisc, ECHO) && has(ldisc, ECHOCTL))
			ldisc->echo("^\b", 2); /* until the character itself stands there */
	} else {
		return false;
	}
	return true;
}
