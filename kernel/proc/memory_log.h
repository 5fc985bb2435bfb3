/* SPDX-License-Identifier: MIT */
/*
 * Pictures of memory: with the boot option memory_log=on the memory of all processes is written
 * down, as text, before and after each fork, exec and creation of a thread. `make memory` draws it.
 *
 * Nobody reads it in the machine: the host finds it in the machine's memory when that has ended,
 * from memory_log_first on (tools/memory/log.py, which has the format, too).
 */
#ifndef PROC_MEMORY_LOG_H
#define PROC_MEMORY_LOG_H

#include <stdbool.h>

extern bool memory_log_enabled; /* const after boot */

void memory_log_init(void); /* boot */
void memory_log_write(const char *moment);

/* Writes the state of all processes down. `moment`: "before fork", … Thread context, no locks. */
static inline void memory_log(const char *moment)
{
	if (__builtin_expect(memory_log_enabled, 0))
		memory_log_write(moment);
}

#endif
