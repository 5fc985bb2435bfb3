/* SPDX-License-Identifier: MIT */
/* The lines that were typed, oldest first. */
#ifndef SH_HISTORY_H
#define SH_HISTORY_H

/* Adds a line, unless it is blank or the same as the last. */
void history_add(const char *line);
int history_count(void);

/* Line 0 is the oldest kept. */
const char *history_line(int index);

#endif
