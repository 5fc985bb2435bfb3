/* SPDX-License-Identifier: MIT */
/* Shows the prompt and the line being edited, over as many rows of the terminal as they take. */
#ifndef SH_SCREEN_H
#define SH_SCREEN_H

#include <stddef.h>

struct screen {
	const char *prompt;
	int rows, columns; /* of the terminal */
	int first_row; /* of the line, of what is shown: not 0 if the line is taller than the screen */
	int cursor_row; /* counted from the first row that is shown */
	int last_row;   /* the last one that is shown */
};

/* Shows the prompt where the terminal's cursor is. */
void screen_begin(struct screen *screen, const char *prompt);

/* Shows all anew, with the cursor before text[cursor]. */
void screen_draw(struct screen *screen, const char *text, size_t cursor);

/*
 * Shows a character that was added at the end, if that is all there is to it.
 * False: everything must be drawn.
 */
int screen_append(struct screen *screen, const char *text, size_t old_length);

/* Moves to a new row below the line. */
void screen_end(struct screen *screen);

/* Empties the terminal; the line is to be drawn after this. */
void screen_clear(struct screen *screen);

#endif
