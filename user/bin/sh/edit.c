/* SPDX-License-Identifier: MIT */
/*
 * Editing a line: see edit.h. Keys change the text and the cursor, and the screen shows them.
 *
 * The terminal is in this mode only while a line is being edited: no echo, no waiting for whole
 * lines. Signals stay on, so that ^C is a signal here too, and Enter still arrives as a newline,
 * so that what is typed ahead reads the same whoever gets it.
 */
#include "edit.h"

#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "../utf8.h"
#include "complete.h"
#include "history.h"
#include "keys.h"
#include "screen.h"
#include "shell.h"
#include "terminal.h"

struct editor {
	struct strbuf text;
	size_t cursor;
	int history_index;   /* history_count(): the new line */
	struct strbuf draft; /* the new line, while an old one is shown */
	bool tab_again;      /* the key before this was a Tab that had several answers */
	struct screen screen;
};

static struct strbuf killed;

/* ---- changes ---- */

/* Puts text in place of what stands in from..to, and the cursor after it. */
static void replace(struct editor *editor, size_t from, size_t to, const char *text, size_t length)
{
	size_t rest = editor->text.length - to;
	char *at;

	/* What stays the same, in whole characters, need not be drawn. */
	while (from < to && length && editor->text.data[from] == *text) {
		int step = utf8_length(text);

		if (from + (size_t)step > to ||
		    memcmp(editor->text.data + from, text, (size_t)step))
			break;
		from += (size_t)step;
		text += step;
		length -= (size_t)step;
	}
	strbuf_reserve(&editor->text, length);
	at = editor->text.data + from;
	memmove(at + length, editor->text.data + to, rest + 1);
	memcpy(at, text, length);
	editor->text.length = from + length + rest;
	editor->cursor = from + length;
	screen_draw(&editor->screen, editor->text.data, editor->cursor, from);
}

static void insert(struct editor *editor, const char *text, size_t length)
{
	replace(editor, editor->cursor, editor->cursor, text, length);
}

static void erase(struct editor *editor, size_t from, size_t to)
{
	if (from != to)
		replace(editor, from, to, "", 0);
}

static void kill_text(struct editor *editor, size_t from, size_t to)
{
	if (from == to)
		return;
	strbuf_truncate(&killed, 0);
	strbuf_put(&killed, editor->text.data + from, to - from);
	erase(editor, from, to);
}

/* ---- places ---- */

static size_t left_of(const struct editor *editor, size_t place)
{
	if (place)
		place--;
	while (place && ((unsigned char)editor->text.data[place] & 0xc0) == 0x80)
		place--;
	return place;
}

static size_t right_of(const struct editor *editor, size_t place)
{
	if (place < editor->text.length)
		place += (size_t)utf8_length(editor->text.data + place);
	return place;
}

static size_t word_left(const struct editor *editor)
{
	size_t place = editor->cursor;

	while (place && editor->text.data[place - 1] == ' ')
		place--;
	while (place && editor->text.data[place - 1] != ' ')
		place--;
	return place;
}

static size_t word_right(const struct editor *editor)
{
	size_t place = editor->cursor;

	while (place < editor->text.length && editor->text.data[place] == ' ')
		place++;
	while (place < editor->text.length && editor->text.data[place] != ' ')
		place++;
	return place;
}

static void move_to(struct editor *editor, size_t place)
{
	editor->cursor = place;
	screen_move(&editor->screen, editor->text.data, place);
}

/* ---- history and completion ---- */

static void go_to_history(struct editor *editor, int index)
{
	const char *line;

	if (index < 0 || index > history_count())
		return;
	if (editor->history_index == history_count()) {
		strbuf_truncate(&editor->draft, 0);
		strbuf_puts(&editor->draft, editor->text.data);
	}
	editor->history_index = index;
	line = index == history_count() ? strbuf_text(&editor->draft) : history_line(index);
	replace(editor, 0, editor->text.length, line, strlen(line));
}

static void show_names(struct editor *editor, const struct strvec *names)
{
	screen_end(&editor->screen);
	complete_list(names, editor->screen.rows, editor->screen.columns);
	screen_draw(&editor->screen, editor->text.data, editor->cursor, SCREEN_ALL);
}

static void complete(struct editor *editor)
{
	struct arena_mark mark = arena_mark(&temp_arena);
	struct completion completion;
	size_t old_length;
	const char *text;

	complete_line(editor->text.data, editor->cursor, &completion);
	text = strbuf_text(&completion.text);
	old_length = editor->cursor - completion.start;
	if (completion.names.count &&
	    (completion.text.length != old_length ||
	     memcmp(text, editor->text.data + completion.start, old_length)))
		replace(editor, completion.start, editor->cursor, text, completion.text.length);
	else if (completion.names.count > 1 && editor->tab_again)
		show_names(editor, &completion.names);
	editor->tab_again = completion.names.count > 1;
	strbuf_free(&completion.text);
	arena_release(&temp_arena, mark);
}

/* ---- keys ---- */

static void edit_key(struct editor *editor, const struct key *key)
{
	size_t cursor = editor->cursor, length = editor->text.length;

	switch (key->code) {
	case KEY_TEXT:
		insert(editor, key->text, strlen(key->text));
		break;
	case KEY_LEFT:
		move_to(editor, left_of(editor, cursor));
		break;
	case KEY_RIGHT:
		move_to(editor, right_of(editor, cursor));
		break;
	case KEY_WORD_LEFT:
		move_to(editor, word_left(editor));
		break;
	case KEY_WORD_RIGHT:
		move_to(editor, word_right(editor));
		break;
	case KEY_HOME:
		move_to(editor, 0);
		break;
	case KEY_END:
		move_to(editor, length);
		break;
	case KEY_UP:
		go_to_history(editor, editor->history_index - 1);
		break;
	case KEY_DOWN:
		go_to_history(editor, editor->history_index + 1);
		break;
	case KEY_BACKSPACE:
		erase(editor, left_of(editor, cursor), cursor);
		break;
	case KEY_DELETE:
	case KEY_DELETE_OR_EOF:
		erase(editor, cursor, right_of(editor, cursor));
		break;
	case KEY_KILL_RIGHT:
		kill_text(editor, cursor, length);
		break;
	case KEY_KILL_LEFT:
		kill_text(editor, 0, cursor);
		break;
	case KEY_KILL_WORD:
		kill_text(editor, word_left(editor), cursor);
		break;
	case KEY_YANK:
		insert(editor, strbuf_text(&killed), killed.length);
		break;
	case KEY_CLEAR:
		screen_clear(&editor->screen);
		screen_draw(&editor->screen, editor->text.data, cursor, SCREEN_ALL);
		break;
	default:
		break;
	}
}

/* Until the line is done. */
static enum edit_result edit(struct editor *editor)
{
	for (;;) {
		struct key key = key_read();

		if (key.code == KEY_ENTER)
			return EDIT_LINE;
		if (key.code == KEY_INTERRUPT)
			return EDIT_INTERRUPTED;
		if (key.code == KEY_HANGUP)
			return EDIT_END;
		if (key.code == KEY_DELETE_OR_EOF && !editor->text.length)
			return EDIT_END;
		if (key.code == KEY_TAB) {
			complete(editor);
		} else {
			editor->tab_again = false;
			edit_key(editor, &key);
		}
	}
}

static void enter_edit_modes(const struct termios *normal)
{
	struct termios modes = *normal;

	modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
	modes.c_lflag |= ISIG;
	modes.c_iflag |= ICRNL;
	modes.c_oflag |= OPOST | ONLCR;
	modes.c_cc[VMIN] = 1;
	modes.c_cc[VTIME] = 0;
	terminal_set_modes(&modes);
}

enum edit_result edit_read_line(const char *prompt, struct strbuf *out)
{
	struct editor editor = {.history_index = history_count()};
	enum edit_result result;
	struct termios normal;

	if (!terminal_get_modes(&normal))
		return EDIT_END;
	terminal_keep_modes(&normal);
	enter_edit_modes(&normal);
	strbuf_reserve(&editor.text, 64);
	editor.text.data[0] = '\0';
	screen_begin(&editor.screen, prompt);
	result = edit(&editor);
	if (result == EDIT_INTERRUPTED)
		(void)!write(STDOUT_FILENO, "^C", 2);
	/* In this order: who sees the new row can rely on the terminal being as usual. */
	terminal_set_modes(&normal);
	screen_end(&editor.screen);
	if (result == EDIT_LINE) {
		history_add(editor.text.data);
		strbuf_put(out, editor.text.data, editor.text.length);
		strbuf_putc(out, '\n');
	}
	strbuf_free(&editor.text);
	strbuf_free(&editor.draft);
	return result;
}
