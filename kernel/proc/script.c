/* SPDX-License-Identifier: MIT */
/* The first line of a script, cut up as Linux does it. */
#include "proc/script.h"

#include "lib/abi/errno.h"
#include "lib/ctype.h"
#include "lib/string.h"

bool script_is(const char *head, size_t bytes)
{
	return bytes >= 2 && head[0] == '#' && head[1] == '!';
}

static char *skip_blanks(char *text)
{
	while (isblank(*text))
		text++;
	return text;
}

static char *skip_word(char *text)
{
	while (*text && !isblank(*text))
		text++;
	return text;
}

static void cut_trailing_blanks(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isblank(end[-1]))
		end--;
	*end = '\0';
}

int script_parse(const char *head, size_t bytes, struct script_line *line)
{
	memcpy(line->text, head, bytes);
	line->text[bytes] = '\0'; /* and a NUL in the file ends the line, too */

	char *newline = strchr(line->text, '\n');
	if (newline)
		*newline = '\0';
	bool whole = newline || bytes < SCRIPT_HEAD;

	char *interpreter = skip_blanks(line->text + 2);
	char *after = skip_word(interpreter);
	if (after == interpreter || (!*after && !whole))
		return -ENOEXEC;
	char *argument = skip_blanks(after);
	cut_trailing_blanks(argument);
	*after = '\0';
	line->interpreter = interpreter;
	line->argument = *argument ? argument : NULL;
	return 0;
}
