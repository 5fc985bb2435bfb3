/* SPDX-License-Identifier: MIT */
/* The lines that were typed: a ring, see history.h. */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define HISTORY_SIZE 500

static char *lines[HISTORY_SIZE];
static int oldest;
static int count;

int history_count(void)
{
	return count;
}

const char *history_line(int index)
{
	return lines[(oldest + index) % HISTORY_SIZE];
}

void history_add(const char *line)
{
	if (!line[strspn(line, " \t")])
		return;
	if (count && !strcmp(history_line(count - 1), line))
		return;
	if (count == HISTORY_SIZE) {
		free(lines[oldest]);
		oldest = (oldest + 1) % HISTORY_SIZE;
		count--;
	}
	lines[(oldest + count) % HISTORY_SIZE] = mem_strdup(line);
	count++;
}
