/* SPDX-License-Identifier: MIT */
/* What the parts of the line discipline share; its interface is dev/ldisc.h. */
#ifndef DEV_LDISC_EDIT_H
#define DEV_LDISC_EDIT_H

#include "dev/ldisc.h"

/* `c` is the control character `index` of c_cc, and that is not disabled. */
static inline bool ldisc_is(const struct ldisc *ldisc, unsigned index, unsigned char c)
{
	return ldisc->termios.c_cc[index] != _POSIX_VDISABLE && ldisc->termios.c_cc[index] == c;
}

/* Canonical mode: erase, kill, word erase, reprint, literal next. False: `c` is none of them. */
bool ldisc_edit(struct ldisc *ldisc, unsigned char c);
/* Writes `c` to the terminal, through output processing. */
void ldisc_put(struct ldisc *ldisc, unsigned char c);
/* The same if ECHO is on, and a control character as ^X if ECHOCTL is. */
void ldisc_echo(struct ldisc *ldisc, unsigned char c);

#endif
