/* SPDX-License-Identifier: MIT */
/* The line editor: one line typed at a terminal, with cursor keys, history and completion. */
#ifndef SH_EDIT_H
#define SH_EDIT_H

#include "mem.h"

enum edit_result {
	EDIT_LINE,        /* a line, with its newline, was added */
	EDIT_END,         /* ^D on an empty line, or the terminal is gone */
	EDIT_INTERRUPTED, /* ^C */
};

enum edit_result edit_read_line(const char *prompt, struct strbuf *out);

#endif
