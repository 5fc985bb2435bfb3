/* SPDX-License-Identifier: MIT */
/* echo, for the program and for the shell; and the backslash sequences that printf shares. */
#ifndef USER_BIN_ECHO_H
#define USER_BIN_ECHO_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Up to `digits` digits of a base up to 16. */
static inline int escape_number(const char **p, int base, int digits)
{
	int value = 0;

	while (digits-- > 0) {
		const char *set = "0123456789abcdef";
		int c = **p >= 'A' && **p <= 'F' ? **p - 'A' + 'a' : **p;
		const char *digit = c ? strchr(set, c) : NULL;

		if (!digit || digit - set >= base)
			break;
		value = value * base + (int)(digit - set);
		(*p)++;
	}
	return value;
}

/* Prints what the sequence after a backslash stands for. False after \c: nothing more is
 * printed. */
static inline bool escape_print(const char **p)
{
	static const char letters[] = "abefnrtv\\", values[] = "\a\b\033\f\n\r\t\v\\";
	const char *letter = **p ? strchr(letters, **p) : NULL;

	if (letter) {
		(*p)++;
		putchar(values[letter - letters]);
	} else if (**p == 'c') {
		return false;
	} else if (**p == 'x') {
		(*p)++;
		putchar(escape_number(p, 16, 2));
	} else if (**p >= '0' && **p <= '7') {
		putchar(escape_number(p, 8, **p == '0' ? 4 : 3));
	} else {
		putchar('\\');
	}
	return true;
}

/* False after \c. */
static inline bool echo_escaped(const char *text)
{
	while (*text) {
		if (*text != '\\' || !text[1]) {
			putchar(*text++);
			continue;
		}
		text++;
		if (!escape_print(&text))
			return false;
	}
	return true;
}

/* echo [-neE] [WORD...] : anything that is not quite an option is a word. */
static inline void echo_words(int argc, char **argv)
{
	bool newline = true, escapes = false;
	int i = 1;

	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		const char *letters = argv[i] + 1;

		if (letters[strspn(letters, "neE")])
			break;
		for (; *letters; letters++) {
			if (*letters == 'n')
				newline = false;
			else
				escapes = *letters == 'e';
		}
	}
	for (int first = i; i < argc; i++) {
		if (i > first)
			putchar(' ');
		if (!escapes)
			fputs(argv[i], stdout);
		else if (!echo_escaped(argv[i]))
			return;
	}
	if (newline)
		putchar('\n');
}

#endif
