/* SPDX-License-Identifier: MIT */
/*
 * The line discipline: what becomes of a character between keyboard and program, as POSIX's General
 * Terminal Interface and Linux's n_tty have it. It is pure: no lock, no memory, no device; echo
 * goes to a function, signals are return values. The tty calls it under its lock; tests call it on
 * the host.
 *
 * Input lies in a ring of three parts:
 *
 *        tail            committed              head
 *         | lines to read    | line being typed   |        free
 *         +------------------+--------------------+------------------
 *
 * In canonical mode the reader gets what lies before `committed`, a line at a time, and erase, kill
 * and so on work on what comes after it. In raw mode the reader gets all. Positions count up for
 * ever, modulo the size they are places.
 */
#ifndef DEV_LDISC_H
#define DEV_LDISC_H

#include "lib/abi/termios.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LDISC_SIZE       4096
#define LDISC_LINE_MAX   (LDISC_SIZE - 1) /* characters of a line before its end */
#define LDISC_OUTPUT_MAX 8                /* bytes that one character of output may become */

struct ldisc {
	struct termios termios;
	void (*echo)(const char *text, size_t length);
	size_t tail, committed, head;
	bool literal;       /* the next character is taken as it is: LNEXT was typed */
	bool stopped;       /* output waits for START */
	size_t column;      /* of the cursor, counted from what was written */
	size_t line_column; /* where the line being typed began */
	unsigned char buffer[LDISC_SIZE];
	uint8_t ends[LDISC_SIZE /
		     8]; /* a bit per byte: it ends a line; a NUL so marked is end of file */
};

void ldisc_init(struct ldisc *ldisc, void (*echo)(const char *text, size_t length));
/* New settings. What was typed is kept: going raw, an unfinished line can be read; going
 * canonical, what is unread counts as a line. */
void ldisc_set_termios(struct ldisc *ldisc, const struct termios *termios);

/* False: characters must wait until the reader has taken some. A line that has grown too long
 * with nothing before it never makes others wait, its further characters are dropped: only its
 * end can help. */
bool ldisc_has_room(const struct ldisc *ldisc);

/* What a character does the moment it arrives, read or not: signals and flow control. */
enum { LDISC_NOTHING = 0, LDISC_DONE = -1 };
/* A signal's number, after flushing (unless NOFLSH) and echo; LDISC_DONE: it stopped or started
 * output; LDISC_NOTHING: it is data. */
int ldisc_act(struct ldisc *ldisc, unsigned char c);
/* `c` makes the next character a literal one. */
bool ldisc_is_quote(const struct ldisc *ldisc, unsigned char c);
/* Takes a character: ldisc_act(), and when it is data, editing, echo and storing. The result is
 * ldisc_act()'s. */
int ldisc_receive(struct ldisc *ldisc, unsigned char c);

/* A read would return now: a line, an end of file, or, raw, at least `wanted` bytes. */
bool ldisc_readable(const struct ldisc *ldisc, size_t wanted);
size_t ldisc_available(const struct ldisc *ldisc); /* bytes that reads would give now */
/* Takes up to `size` bytes and in canonical mode no more than the line. *ended: that line is
 * finished (with nothing taken: end of file). */
size_t ldisc_read(struct ldisc *ldisc, char *to, size_t size, bool *ended);
void ldisc_flush_input(struct ldisc *ldisc);

/* Output processing of one character (OPOST, …): how many bytes it became. */
size_t ldisc_output(struct ldisc *ldisc, unsigned char c, char to[LDISC_OUTPUT_MAX]);

#endif
