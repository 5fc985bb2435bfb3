/* SPDX-License-Identifier: MIT */
/* Shows the prompt and the line being edited, over as many rows of the terminal as they take. */
#ifndef SH_SCREEN_H
#define SH_SCREEN_H

#include <stddef.h>

/* Counted from 0, rows from the first one that is shown. */
struct place {
	int row, column;
};

struct screen {
	const char *prompt;
	int rows, columns;   /* of the terminal */
	int first_row;       /* how many rows of a line taller than the screen are above it */
	struct place cursor; /* where the terminal's cursor is */
	struct place end;    /* where what is shown ends */
};

#define SCREEN_ALL ((size_t)-1)

/* Shows the prompt where the terminal's cursor is. */
void screen_begin(struct screen *screen, const char *prompt);

/*
 * Shows the text, in which nothing before text[from] has changed, with the cursor before
 * text[cursor]. SCREEN_ALL: the prompt too is drawn anew.
 */
void screen_draw(struct screen *screen, const char *text, size_t cursor, size_t from);

/* The same when the cursor alone has moved. */
void screen_move(struct screen *screen, const char *text, size_t cursor);

/* Moves to a new row below the line, where it can be drawn again. */
void screen_end(struct screen *screen);

/* Empties the terminal; the line is to be drawn after this. */
void screen_clear(struct screen *screen);

#endif
