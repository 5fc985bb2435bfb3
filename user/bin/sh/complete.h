/* SPDX-License-Identifier: MIT */
/* Tab: completes the name of a command, a file or a variable. */
#ifndef SH_COMPLETE_H
#define SH_COMPLETE_H

#include "mem.h"

struct completion {
	size_t start;        /* where in the line the part to replace begins */
	struct strbuf text;  /* what replaces it, up to the cursor, quoted as needed */
	struct strvec names; /* all candidates, sorted; in temp_arena */
};

/* Completes the line up to the cursor. If names is empty, there is nothing to complete. */
void complete_line(const char *line, size_t cursor, struct completion *completion);

/* Lists names in columns on the terminal, no more than fit. */
void complete_list(const struct strvec *names, int rows, int columns);

#endif
