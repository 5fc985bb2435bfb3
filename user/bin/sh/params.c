/* SPDX-License-Identifier: MIT */
/* Values of parameters: see params.h. */
#include "params.h"

#include <stdlib.h>
#include <string.h>

#include "glob.h"
#include "shell.h"
#include "vars.h"

static const char *number_text(long number)
{
	struct strbuf text = {0};
	char *copy;

	strbuf_put_number(&text, number);
	copy = arena_strdup(&temp_arena, text.data);
	strbuf_free(&text);
	return copy;
}

static const char *option_letters(void)
{
	char letters[8], *end = letters;

	if (sh.exit_on_error)
		*end++ = 'e';
	if (sh.no_glob)
		*end++ = 'f';
	if (sh.interactive)
		*end++ = 'i';
	if (sh.job_control)
		*end++ = 'm';
	if (sh.error_on_unset)
		*end++ = 'u';
	if (sh.trace)
		*end++ = 'x';
	*end = '\0';
	return arena_strdup(&temp_arena, letters);
}

const char *param_value(const char *name)
{
	int index;

	switch (name[0]) {
	case '?':
		return number_text(sh.status);
	case '$':
		return number_text(sh.pid);
	case '#':
		return number_text(sh.argument_count);
	case '!':
		return sh.last_background ? number_text(sh.last_background) : NULL;
	case '-':
		return option_letters();
	case '0':
		if (!name[1])
			return sh.name;
		break;
	}
	if (name[0] < '0' || name[0] > '9')
		return var_get(name);
	index = atoi(name);
	return index >= 1 && index <= sh.argument_count ? sh.arguments[index - 1] : NULL;
}

bool param_is_present(const char *name, bool not_empty)
{
	const char *value;

	if (!strcmp(name, "@") || !strcmp(name, "*"))
		return sh.argument_count > 0;
	value = param_value(name);
	return value && (*value || !not_empty);
}

const char *param_length(const char *name)
{
	const char *value;

	if (!strcmp(name, "@") || !strcmp(name, "*"))
		return number_text(sh.argument_count);
	value = param_value(name);
	if (!value && sh.error_on_unset)
		param_error(name, NULL);
	return number_text(value ? (long)strlen(value) : 0);
}

static const char *trim_prefix(const char *value, const char *pattern, bool longest)
{
	size_t length = strlen(value);
	char *copy = arena_strdup(&temp_arena, value);

	for (size_t i = 0; i <= length; i++) {
		size_t cut = longest ? length - i : i;
		bool matches;

		copy[cut] = '\0';
		matches = pattern_match(pattern, copy);
		copy[cut] = value[cut];
		if (matches)
			return value + cut;
	}
	return value;
}

static const char *trim_suffix(const char *value, const char *pattern, bool longest)
{
	size_t length = strlen(value);

	for (size_t i = 0; i <= length; i++) {
		size_t cut = longest ? i : length - i;

		if (pattern_match(pattern, value + cut))
			return arena_strndup(&temp_arena, value, cut);
	}
	return value;
}

const char *param_trim(const char *value, const char *pattern, enum param_op op)
{
	if (op == PARAM_PREFIX || op == PARAM_PREFIX_LONG)
		return trim_prefix(value, pattern, op == PARAM_PREFIX_LONG);
	return trim_suffix(value, pattern, op == PARAM_SUFFIX_LONG);
}

void param_error(const char *name, const char *what)
{
	if (!sh.flow)
		shell_error("%s: %s", name, what && *what ? what : "parameter not set");
	shell_fail(EXIT_SYNTAX);
}
