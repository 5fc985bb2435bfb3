/* SPDX-License-Identifier: MIT */
/*
 * The console: one terminal on COM1, seen as /dev/console, /dev/ttyS0 and, by the processes of the
 * session that it controls, /dev/tty. Between the serial port below and struct file above; what
 * becomes of each character is the line discipline's business (dev/ldisc.h).
 *
 * The tty knows sessions and groups by number only; what it asks of them goes through session_ops,
 * which proc registers.
 */
#ifndef DEV_TTY_H
#define DEV_TTY_H

#include "lib/abi/types.h"

#include <stdbool.h>

struct session_ops {
	/* Sends a signal to every process of a group (0: only asks). True: there was one. Also
	 * from interrupts: ^C. */
	bool (*signal_group)(pid_t group, int signal);
	/* Of the current process: its group, its session, and whether it leads it. */
	pid_t (*current_group)(void);
	pid_t (*current_session)(void);
	bool (*current_is_leader)(void);
	/* The group exists in that session. */
	bool (*group_in_session)(pid_t group, pid_t session);
	/* SIGTTIN/SIGTTOU of a background process: is the signal blocked or ignored by current,
	 * or its group orphaned? */
	bool (*current_ignores)(int signal);
	bool (*current_group_orphaned)(void);
};
void tty_set_session_ops(const struct session_ops *ops);

/* Makes /dev/console, /dev/tty, /dev/ttyS0 and starts receiving; rows= and cols= of the command
 * line are the window's size. After devfs_init(). */
void tty_init(void);
/* The leader of session `session` ended: hang up (SIGHUP, SIGCONT to the foreground group; files
 * opened as ttyS0 or tty read end of file and fail with EIO from now on) and forget the session.
 * Thread context, no spinlock held. */
void tty_session_ended(pid_t session);
/* For /proc/PID/stat: the device number of the session's terminal (0: none) and its foreground
 * group (-1). */
void tty_of_session(pid_t session, dev_t *device, pid_t *foreground);

#endif
