/* SPDX-License-Identifier: MIT */
/* The controlling terminal: whose it is, in which modes, and how large. */
#ifndef SH_TERMINAL_H
#define SH_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

/*
 * Makes this shell the leader of the terminal's foreground process group and turns job control
 * on; without a terminal of its own, job control stays off.
 */
void terminal_init(void);

/* Makes a process group the foreground one. Only system calls: for children too. */
void terminal_give(pid_t group);
void terminal_take_back(void);

/* True if the group is the foreground one. */
bool terminal_is_given(pid_t group);

bool terminal_get_modes(struct termios *modes);
void terminal_set_modes(const struct termios *modes);

/* The modes to go back to after a command that was stopped or killed. */
void terminal_keep_modes(const struct termios *modes);
void terminal_restore_modes(void);

void terminal_size(int *rows, int *columns);

#endif
