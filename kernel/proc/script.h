/* SPDX-License-Identifier: MIT */
/* The first line of a script: "#!interpreter argument". Text only, so that it can be fuzzed on the
 * host. */
#ifndef PROC_SCRIPT_H
#define PROC_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#define SCRIPT_HEAD 256 /* bytes of the file that are looked at, as on Linux */

struct script_line {
	char text[SCRIPT_HEAD + 1];
	const char *interpreter; /* in text */
	const char *argument; /* in text; NULL: none. All the rest of the line is one argument. */
};

bool script_is(const char *head, size_t bytes);
/* Cuts up the first line of a file that begins with the `bytes` (at most SCRIPT_HEAD) bytes of
 * `head`. 0, or -ENOEXEC: no interpreter, or its name goes on beyond them. */
int script_parse(const char *head, size_t bytes, struct script_line *line);

#endif
