/* SPDX-License-Identifier: MIT */
/* UTF-8, as far as showing text on a terminal needs it. */
#ifndef USER_BIN_UTF8_H
#define USER_BIN_UTF8_H

#include <stddef.h>

/* How many bytes the character that begins with this byte has; 1 if none begins with it. */
static inline int utf8_announced(unsigned char first)
{
	return first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
}

/* How many bytes the character at text takes: 1 if it is broken. */
static inline int utf8_length(const char *text)
{
	int length = utf8_announced((unsigned char)text[0]);

	for (int i = 1; i < length; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 1;
	return length;
}

static inline unsigned int utf8_decode(const char *text)
{
	int length = utf8_length(text);
	unsigned int code = (unsigned char)text[0];

	if (length > 1)
		code &= 0x7fu >> length;
	for (int i = 1; i < length; i++)
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	return code;
}

/* How many columns a character takes: 2 for Hangul, Han and the like. */
static inline int utf8_columns(const char *text)
{
	static const struct {
		unsigned int first, last;
		int columns;
	} ranges[] = {
		{0x0300, 0x036f, 0},   /* combining marks */
		{0x1100, 0x115f, 2},   /* Hangul, leading consonants */
		{0x200b, 0x200f, 0},   /* zero width */
		{0x2e80, 0xa4cf, 2},   /* Han, Kana and their signs */
		{0xac00, 0xd7a3, 2},   /* Hangul syllables */
		{0xf900, 0xfaff, 2},   /* Han, compatibility */
		{0xfe30, 0xfe6f, 2},   /* forms for vertical text */
		{0xff00, 0xff60, 2},   /* full width */
		{0xffe0, 0xffe6, 2},   /* full width signs */
		{0x1f300, 0x1f64f, 2}, /* pictures */
		{0x1f900, 0x1f9ff, 2}, /* more pictures */
		{0x20000, 0x3fffd, 2}, /* rare Han */
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

/* How many columns a string takes. */
static inline int utf8_width(const char *text)
{
	int columns = 0;

	while (*text) {
		columns += utf8_columns(text);
		text += utf8_length(text);
	}
	return columns;
}

#endif
