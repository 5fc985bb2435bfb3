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

#include "shell.h"

#define ESCAPE         27
#define ESCAPE_WAIT_MS 100 /* the rest of a sequence comes at once; after a lone Esc nothing does */

/* Returns the byte, or -KEY_INTERRUPT or -KEY_HANGUP. */
static int read_byte(void)
{
	unsigned char byte;

	for (;;) {
		ssize_t got;

		if (sh.interrupted)
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

/* ---- UTF-8 ---- */

int utf8_length(const char *text)
{
	unsigned char first = (unsigned char)text[0];
	int length = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;

	for (int i = 1; i < length; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 1;
	return length;
}

static unsigned int utf8_decode(const char *text)
{
	int length = utf8_length(text);
	unsigned int code = (unsigned char)text[0];

	if (length > 1)
		code &= 0x7fu >> length;
	for (int i = 1; i < length; i++)
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	return code;
}

int utf8_columns(const char *text)
{
	static const struct {
		unsigned int first, last;
		int columns;
	} ranges[] = {
		{0x0300, 0x036f, 0}, /* combining marks */
		{0x1100, 0x115f, 2}, /* Hangul, leading consonants */
		{0x200b, 0x200f, 0}, /* zero width */
		{0x2e80, 0xa4cf, 2}, /* Han, Kana and their signs */
		{0xac00, 0xd7a3, 2}, /* Hangul syllables */
		{0xf900, 0xfaff, 2}, /* Han, compatibility */
		{0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},
		{0x1f300, 0x1f64f, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2},
	};
	unsigned int code;

	if ((unsigned char)text[0] < 0x80)
		return 1;
	code = utf8_decode(text);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return ranges[i].columns;
	return 1;
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
	length = byte < 0xc2 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 1;
	for (int i = 1; i < length; i++) {
		byte = read_byte_soon();
		if (byte < 0)
			return simple_key(KEY_UNKNOWN);
		key.text[i] = (char)byte;
	}
	return key;
}
