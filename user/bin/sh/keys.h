/* SPDX-License-Identifier: MIT */
/* Keys as a terminal sends them: control characters, escape sequences, UTF-8. */
#ifndef SH_KEYS_H
#define SH_KEYS_H

enum key_code {
	KEY_TEXT, /* a character to insert: key.text */
	KEY_ENTER,
	KEY_TAB,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_WORD_LEFT,
	KEY_WORD_RIGHT,
	KEY_HOME,
	KEY_END,
	KEY_UP,
	KEY_DOWN,
	KEY_BACKSPACE,
	KEY_DELETE,
	KEY_DELETE_OR_EOF, /* ^D */
	KEY_KILL_RIGHT,    /* ^K */
	KEY_KILL_LEFT,     /* ^U */
	KEY_KILL_WORD,     /* ^W */
	KEY_YANK,          /* ^Y: put back what was killed last */
	KEY_CLEAR,         /* ^L */
	KEY_INTERRUPT,     /* ^C, seen as a signal or as a character */
	KEY_HANGUP,        /* the terminal is gone */
	KEY_UNKNOWN,
};

struct key {
	enum key_code code;
	char text[5]; /* one UTF-8 character, NUL-terminated */
};

/* Waits for a key on standard input. */
struct key key_read(void);

#endif
