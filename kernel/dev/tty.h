/* SPDX-License-Identifier: MIT */
/*
 * The console's line discipline: echo, editing, signals to the foreground group, raw mode. Between the
 * serial port below and struct file above. Input of a full tty stays in the UART: nothing is lost
 * that the host has not been told to wait with, and ^C is still seen.
 *
 * The tty knows sessions and groups by number only; what it asks of them goes through session_ops, which proc registers.
 */
#ifndef DEV_TTY_H
#define DEV_TTY_H

#include "lib/abi/types.h"

#include <stdbool.h>

struct session_ops {
	/* Sends a signal to every process of a group. True: there was one. */
	bool (*signal_group)(pid_t group, int signal);
	/* Of the current process: its group, its session, and whether it leads it. */
	pid_t (*current_group)(void);
	pid_t (*current_session)(void);
	bool (*current_is_leader)(void);
	/* The group exists in that session. */
	bool (*group_in_session)(pid_t group, pid_t session);
	/* SIGTTIN/SIGTTOU of a background process: is the signal blocked or ignored by current, or its group orphaned? */
	bool (*current_ignores)(int signal);
	bool (*current_group_orphaned)(void);
};
void tty_set_session_ops(const struct session_ops *ops);

void tty_init(void); /* /dev/console, /dev/tty, /dev/ttyS0 */
/* The leader of session `session` ended: hang up (SIGHUP, SIGCONT to the foreground group; reads give end of file) and forget the session. */
void tty_session_ended(pid_t session);
/* For /proc/PID/stat: the device number of the session's terminal (0: none) and its foreground group (-1). */
void tty_of_session(pid_t session, dev_t *device, pid_t *foreground);

#endif
