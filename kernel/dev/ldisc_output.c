/* SPDX-License-Identifier: MIT */
/* Output processing: what a program writes and what the terminal gets. */
#include "dev/ldisc.h"
#include "lib/ctype.h"
#include "lib/string.h"

#define TAB_STOP 8

static size_t put(char *to, const char *text, size_t length)
{
	memcpy(to, text, length);
	return length;
}

static size_t output_newline(struct ldisc *ldisc, char *to)
{
	tcflag_t oflag = ldisc->termios.c_oflag;

	if (oflag & (ONLCR | ONLRET))
		ldisc->column = 0;
	return oflag & ONLCR ? put(to, "\r\n", 2) : put(to, "\n", 1);
}

static size_t output_return(struct ldisc *ldisc, char *to)
{
	tcflag_t oflag = ldisc->termios.c_oflag;

	if ((oflag & ONOCR) && ldisc->column == 0)
		return 0;
	if (oflag & OCRNL)
		return put(to, "\n", 1);
	ldisc->column = 0;
	return put(to, "\r", 1);
}

static size_t output_tab(struct ldisc *ldisc, char *to)
{
	size_t width = TAB_STOP - ldisc->column % TAB_STOP;

	ldisc->column += width;
	if ((ldisc->termios.c_oflag & TABDLY) == XTABS)
		return put(to, "        ", width);
	return put(to, "\t", 1);
}

size_t ldisc_output(struct ldisc *ldisc, unsigned char c, char to[LDISC_OUTPUT_MAX])
{
	if (!(ldisc->termios.c_oflag & OPOST)) {
		to[0] = c;
		return 1;
	}
	switch (c) {
	case '\n':
		return output_newline(ldisc, to);
	case '\r':
		return output_return(ldisc, to);
	case '\t':
		return output_tab(ldisc, to);
	case '\b':
		if (ldisc->column > 0)
			ldisc->column--;
		break;
	default:
		if (ldisc->termios.c_oflag & OLCUC)
			c = toupper(c);
		/* The bytes of one UTF-8 character move the cursor once. */
		if (!iscntrl(c) && !((ldisc->termios.c_iflag & IUTF8) && (c & 0xc0) == 0x80))
			ldisc->column++;
	}
	to[0] = c;
	return 1;
}
