/* SPDX-License-Identifier: MIT */
/* Completion: see complete.h. */
#include "complete.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../utf8.h"
#include "builtin.h"
#include "command.h"
#include "lexer.h"
#include "shell.h"
#include "vars.h"

#define BREAKS   " \t;|&()<>"
#define SPECIALS " \t;|&()<>\\'\"$`*?[#~"

/* ---- the word before the cursor ---- */

struct target {
	size_t start;       /* where it begins in the line */
	bool is_command;    /* it stands where a command's name does */
	char quote;         /* an open quote, or 0 */
	struct strbuf text; /* without its quotes */
};

static bool introduces_command(const char *line, size_t length)
{
	static const char *const words[] = {"if",    "then", "else", "elif", "while",
					    "until", "do",   "!",    "{"};
	size_t end = length, start;

	while (end && (line[end - 1] == ' ' || line[end - 1] == '\t'))
		end--;
	if (!end || strchr(";|&(", line[end - 1]))
		return true;
	start = end;
	while (start && !strchr(BREAKS, line[start - 1]))
		start--;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == end - start &&
		    !strncmp(words[i], line + start, end - start))
			return true;
	return false;
}

static void find_target(const char *line, size_t cursor, struct target *target)
{
	*target = (struct target){0};
	for (size_t i = 0; i < cursor; i++) {
		char c = line[i];

		if (target->quote) {
			if (c == target->quote)
				target->quote = 0;
			else
				strbuf_putc(&target->text, c);
		} else if (c == '\'' || c == '"') {
			target->quote = c;
		} else if (c == '\\' && i + 1 < cursor) {
			strbuf_putc(&target->text, line[++i]);
		} else if (strchr(BREAKS, c)) {
			target->start = i + 1;
			strbuf_truncate(&target->text, 0);
		} else {
			strbuf_putc(&target->text, c);
		}
	}
	target->is_command = introduces_command(line, target->start);
}

/* ---- candidates ---- */

static bool begins_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static void add_name(struct strvec *names, const char *name, const char *suffix)
{
	size_t length = strlen(name);
	char *copy = arena_alloc(&temp_arena, length + strlen(suffix) + 1);

	memcpy(copy, name, length);
	strcpy(copy + length, suffix);
	strvec_push(&temp_arena, names, copy);
}

/* Names in a directory; a directory gets a slash. With executable, programs only. */
static void add_files(struct strvec *names, const char *directory, const char *prefix,
		      bool executable)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	struct strbuf path = {0};

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;
		struct stat st;

		if (!begins_with(name, prefix) || (name[0] == '.' && prefix[0] != '.'))
			continue;
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		strbuf_truncate(&path, 0);
		strbuf_puts(&path, directory);
		strbuf_putc(&path, '/');
		strbuf_puts(&path, name);
		if (stat(path.data, &st))
			st.st_mode = 0;
		if (executable && (S_ISDIR(st.st_mode) || !(st.st_mode & 0111)))
			continue;
		add_name(names, name, S_ISDIR(st.st_mode) ? "/" : "");
	}
	strbuf_free(&path);
	closedir(dir);
}

static void add_commands(struct strvec *names, const char *prefix)
{
	const char *path = var_get("PATH");

	for (const struct builtin *builtin = builtins; builtin->name; builtin++)
		if (begins_with(builtin->name, prefix))
			add_name(names, builtin->name, "");
	for (const struct function *function = functions; function; function = function->next)
		if (begins_with(function->name, prefix))
			add_name(names, function->name, "");
	while (path && *path) {
		size_t length = strcspn(path, ":");

		add_files(names, arena_strndup(&temp_arena, path, length), prefix, true);
		path += length + (path[length] == ':');
	}
}

/* The directory to look into for a word's candidates; the word's last part follows it. */
static const char *target_directory(const char *text, size_t length)
{
	const char *home = var_get("HOME");

	if (!length)
		return ".";
	if (text[0] == '~' && text[1] == '/' && home) {
		char *path = arena_alloc(&temp_arena, strlen(home) + length);

		strcpy(path, home);
		strncat(path, text + 1, length - 1);
		return path;
	}
	return arena_strndup(&temp_arena, text, length);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_unique(struct strvec *names)
{
	size_t kept = 0;

	qsort(names->items, names->count, sizeof(*names->items), compare_names);
	for (size_t i = 0; i < names->count; i++)
		if (!kept || strcmp(names->items[i], names->items[kept - 1]))
			names->items[kept++] = names->items[i];
	names->count = kept;
}

/* How much all names have in common at their start, in whole characters. */
static size_t common_length(const struct strvec *names)
{
	size_t length = strlen(names->items[0]);
	const char *first = names->items[0];

	for (size_t i = 1; i < names->count; i++) {
		size_t same = 0;

		while (same < length && names->items[i][same] == first[same])
			same++;
		length = same;
	}
	while (length && ((unsigned char)first[length] & 0xc0) == 0x80)
		length--;
	return length;
}

/* ---- the result ---- */

static void put_quoted(struct strbuf *out, const char *text, size_t length, char quote)
{
	for (size_t i = 0; i < length; i++) {
		bool tilde = text[i] == '~' && i == 0;

		if (!quote && strchr(SPECIALS, text[i]) && !tilde)
			strbuf_putc(out, '\\');
		strbuf_putc(out, text[i]);
	}
}

void complete_line(const char *line, size_t cursor, struct completion *completion)
{
	struct target target;
	const char *text, *slash;
	size_t directory, length;

	find_target(line, cursor, &target);
	text = strbuf_text(&target.text);
	*completion = (struct completion){.start = target.start};
	slash = strrchr(text, '/');
	directory = slash ? (size_t)(slash - text) + 1 : 0;
	if (target.is_command && !slash)
		add_commands(&completion->names, text);
	else
		add_files(&completion->names, target_directory(text, directory), text + directory,
			  false);
	if (completion->names.count) {
		sort_unique(&completion->names);
		length = common_length(&completion->names);
		if (target.quote)
			strbuf_putc(&completion->text, target.quote);
		put_quoted(&completion->text, text, directory, target.quote);
		put_quoted(&completion->text, completion->names.items[0], length, target.quote);
		if (completion->names.count == 1 && completion->names.items[0][length - 1] != '/') {
			if (target.quote)
				strbuf_putc(&completion->text, target.quote);
			strbuf_putc(&completion->text, ' ');
		}
	}
	strbuf_free(&target.text);
}

/* ---- listing ---- */

void complete_list(const struct strvec *names, int rows, int columns)
{
	int widest = 1, per_row, lines, shown;

	for (size_t i = 0; i < names->count; i++)
		if (utf8_width(names->items[i]) > widest)
			widest = utf8_width(names->items[i]);
	per_row = columns / (widest + 2);
	if (per_row < 1)
		per_row = 1;
	lines = ((int)names->count + per_row - 1) / per_row;
	shown = lines < rows - 3 ? lines : rows - 3;
	for (int line = 0; line < shown; line++) {
		for (int i = line; i < (int)names->count; i += lines) {
			bool last = i + lines >= (int)names->count;

			printf("%s%*s", names->items[i],
			       last ? 0 : widest + 2 - utf8_width(names->items[i]), "");
		}
		putchar('\n');
	}
	if (shown < lines)
		printf("... %d names in all\n", (int)names->count);
	fflush(stdout);
}
