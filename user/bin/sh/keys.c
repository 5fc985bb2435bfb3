/* SPDX-License-Identifier: MIT */
/*
 * Reading keys: see keys.h. Bytes are read one at a time, since what was typed ahead beyond the
 * end of the line belongs to the command that the line starts.
 */
#include "keys.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "../utf8.h"
#include "shell.h"
#include "traps.h"

#define ESCAPE 27
#define ESCAPE_WAIT_MS \
	100 /* the rest of a sequence comes at once; after a lone Esc nothing does \
	     */

/* Returns the byte, or -KEY_INTERRUPT or -KEY_HANGUP. */
static int read_byte(void)
{
	unsigned char byte;

	for (;;) {
		ssize_t got;

		if (!signals_await_input(STDIN_FILENO))
			return -KEY_INTERRUPT;
		got = read(STDIN_FILENO, &byte, 1);
		if (got == 1)
			return byte;
		if (got == 0 || errno != EINTR)
			return -KEY_HANGUP;
	}
}

static int read_byte_soon(void)
{
	struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&fd, 1, ESCAPE_WAIT_MS) == 1 ? read_byte() : -KEY_UNKNOWN;
}

/* ---- keys ---- */

static struct key simple_key(enum key_code code)
{
	return (struct key){.code = code};
}

/* ESC [ NUMBER ; MODIFIER ~ , of which the number tells the key */
static enum key_code numbered_key(int number)
{
	switch (number) {
	case 1:
	case 7:
		return KEY_HOME;
	case 3:
		return KEY_DELETE;
	case 4:
	case 8:
		return KEY_END;
	default:
		return KEY_UNKNOWN;
	}
}

static enum key_code lettered_key(int letter, bool with_control)
{
	switch (letter) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'C':
		return with_control ? KEY_WORD_RIGHT : KEY_RIGHT;
	case 'D':
		return with_control ? KEY_WORD_LEFT : KEY_LEFT;
	case 'F':
		return KEY_END;
	case 'H':
		return KEY_HOME;
	default:
		return KEY_UNKNOWN;
	}
}

/* After ESC [ or ESC O. */
static enum key_code read_sequence(void)
{
	int numbers[2] = {0, 0};
	int index = 0;

	for (;;) {
		int byte = read_byte_soon();

		if (byte >= '0' && byte <= '9') {
			if (numbers[index] < 100)
				numbers[index] = numbers[index] * 10 + byte - '0';
		} else if (byte == ';') {
			index = 1;
		} else if (byte == '~') {
			return numbered_key(numbers[0]);
		} else {
			return byte < 0 ? KEY_UNKNOWN : lettered_key(byte, numbers[1] >= 3);
		}
	}
}

static enum key_code read_escape(void)
{
	switch (read_byte_soon()) {
	case '[':
	case 'O':
		return read_sequence();
	case 'b':
		return KEY_WORD_LEFT;
	case 'f':
		return KEY_WORD_RIGHT;
	case 8:
	case 127:
		return KEY_KILL_WORD;
	default:
		return KEY_UNKNOWN;
	}
}

#define CONTROL(letter) ((letter) - '@')

static enum key_code control_key(int byte)
{
	switch (byte) {
	case '\n':
	case '\r':
		return KEY_ENTER;
	case '\t':
		return KEY_TAB;
	case CONTROL('A'):
		return KEY_HOME;
	case CONTROL('B'):
		return KEY_LEFT;
	case CONTROL('C'):
		return KEY_INTERRUPT;
	case CONTROL('D'):
		return KEY_DELETE_OR_EOF;
	case CONTROL('E'):
		return KEY_END;
	case CONTROL('F'):
		return KEY_RIGHT;
	case CONTROL('H'):
	case 127:
		return KEY_BACKSPACE;
	case CONTROL('K'):
		return KEY_KILL_RIGHT;
	case CONTROL('L'):
		return KEY_CLEAR;
	case CONTROL('N'):
		return KEY_DOWN;
	case CONTROL('P'):
		return KEY_UP;
	case CONTROL('U'):
		return KEY_KILL_LEFT;
	case CONTROL('W'):
		return KEY_KILL_WORD;
	case CONTROL('Y'):
		return KEY_YANK;
	case ESCAPE:
		return read_escape();
	default:
		return KEY_UNKNOWN;
	}
}

struct key key_read(void)
{
	struct key key = {.code = KEY_TEXT};
	int byte = read_byte();
	int length;

	if (byte < 0)
		return simple_key((enum key_code) - byte);
	if (byte < ' ' || byte == 127)
		return simple_key(control_key(byte));
	key.text[0] = (char)byte;
	length = utf8_announced((unsigned char)byte);
	for (int i = 1; i < length; i++) {
		byte = read_byte_soon();
		if (byte < 0)
			return simple_key(KEY_UNKNOWN);
		key.text[i] = (char)byte;
	}
	return key;
}
