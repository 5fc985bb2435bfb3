/* SPDX-License-Identifier: MIT */
/* Brings terminals (dev/tty.c, which knows groups by number) and sessions (proc/session.c)
 * together. */
#ifndef DEV_TTY_SESSION_H
#define DEV_TTY_SESSION_H

void tty_session_init(void); /* boot, after tty_init() */

#endif
