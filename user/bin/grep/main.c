/* SPDX-License-Identifier: MIT */
/* grep: the lines that match a regular expression. */
#include <sys/stat.h>

#define EXIT_NO_MATCH  1
#define EXIT_TROUBLE   2
#define EXIT_NO_OUTPUT EXIT_TROUBLE

#include "../lines.h"
#include "regex.h"

static const char usage_text[] = "grep [-EFivnclqrshHxw] [-e PATTERN]... [PATTERN] [FILE...]";

static struct {
	enum regex_syntax syntax;
	bool ignore_case, invert, number, count, names_only, quiet, recursive, silent;
	bool whole_line, whole_word;
	bool with_name, without_name;
} options;

static struct matcher *matcher;
static bool any_match, any_trouble;

static void trouble(const char *path)
{
	any_trouble = true;
	if (!options.silent)
		warn("%s", path);
}

static void show_line(const char *path, unsigned long number, const char *line, size_t length)
{
	if (options.with_name)
		printf("%s:", path);
	if (options.number)
		printf("%lu:", number);
	fwrite(line, 1, length, stdout);
	putchar('\n');
}

/* Returns how many lines match; stops at the first where that is all one wants to know. */
static unsigned long search(const char *path, struct line_reader *reader)
{
	unsigned long number = 0, matches = 0;
	size_t length;
	char *line;

	while ((line = lines_next(reader, &length))) {
		number++;
		if (matcher_run(matcher, line, length) == options.invert)
			continue;
		matches++;
		any_match = true;
		if (options.quiet)
			exit(EXIT_SUCCESS);
		if (options.names_only)
			break;
		if (!options.count)
			show_line(path, number, line, length);
		check_output();
	}
	return matches;
}

static void grep_descriptor(const char *path, int fd)
{
	struct line_reader reader;
	unsigned long matches;

	lines_open(&reader, fd);
	matches = search(path, &reader);
	if (reader.error) {
		errno = reader.error;
		trouble(path);
	}
	lines_close(&reader);
	if (options.names_only && matches)
		puts(path);
	if (options.count && !options.names_only)
		printf(options.with_name ? "%s:%lu\n" : "%.0s%lu\n", path, matches);
}

static void grep_path(const char *path, bool named);

static void grep_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir) {
		trouble(path);
		return;
	}
	while ((entry = next_entry(dir))) {
		char *inner;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		inner = join_path(path, entry->d_name);
		grep_path(inner, false);
		free(inner);
	}
	if (errno)
		trouble(path);
	closedir(dir);
}

/* What is found on the way down is searched only if it is a regular file. */
static void grep_path(const char *path, bool named)
{
	struct stat st;
	int fd;

	if (named && !strcmp(path, "-")) {
		grep_descriptor("(standard input)", STDIN_FILENO);
		return;
	}
	if (options.recursive && !(named ? stat(path, &st) : lstat(path, &st))) {
		if (S_ISDIR(st.st_mode)) {
			grep_directory(path);
			return;
		}
		if (!named && !S_ISREG(st.st_mode))
			return;
	}
	fd = open(path, O_RDONLY);
	if (fd < 0) {
		trouble(path);
		return;
	}
	grep_descriptor(path, fd);
	close(fd);
}

/* A pattern of several lines is several patterns. */
static struct tree *parse_patterns(struct tree *tree, char *patterns)
{
	char *pattern = patterns;

	while (pattern) {
		char *newline = strchr(pattern, '\n');

		if (newline)
			*newline++ = '\0';
		tree = regex_either(tree,
				    regex_parse(pattern, options.syntax, options.ignore_case));
		pattern = newline;
	}
	return tree;
}

static bool set_option(int letter)
{
	const struct {
		char letter;
		bool *option;
	} letters[] = {
		{'i', &options.ignore_case},  {'v', &options.invert},
		{'n', &options.number},       {'c', &options.count},
		{'l', &options.names_only},   {'q', &options.quiet},
		{'r', &options.recursive},    {'s', &options.silent},
		{'H', &options.with_name},    {'R', &options.recursive},
		{'h', &options.without_name}, {'x', &options.whole_line},
		{'w', &options.whole_word},
	};

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (letters[i].letter == letter) {
			*letters[i].option = true;
			return true;
		}
	}
	return false;
}

/* Fills in the options; patterns of -e are gathered, to be parsed when all options are known. */
static int parse_options(int argc, char **argv, char **patterns)
{
	int count = 0, option;

	while ((option = getopt(argc, argv, "EFGivnclqrRshHxwe:")) != -1) {
		if (option == 'E')
			options.syntax = REGEX_EXTENDED;
		else if (option == 'F')
			options.syntax = REGEX_FIXED;
		else if (option == 'G')
			options.syntax = REGEX_BASIC;
		else if (option == 'e')
			patterns[count++] = optarg;
		else if (!set_option(option))
			usage(usage_text);
	}
	return count;
}

static void build_matcher(int count, char **patterns)
{
	static struct automaton automaton;
	struct tree *tree = NULL;

	for (int i = 0; i < count; i++)
		tree = parse_patterns(tree, patterns[i]);
	if (options.whole_line)
		tree = regex_whole_line(tree);
	else if (options.whole_word)
		tree = regex_whole_word(tree);
	regex_compile(tree, &automaton);
	matcher = matcher_new(&automaton);
}

int main(int argc, char **argv)
{
	char *patterns[argc + 1];
	int count = parse_options(argc, argv, patterns);

	if (!count) {
		if (optind == argc)
			usage(usage_text);
		patterns[count++] = argv[optind++];
	}
	build_matcher(count, patterns);
	if (options.recursive || argc - optind > 1)
		options.with_name = true;
	if (options.without_name)
		options.with_name = false;
	if (optind == argc)
		grep_path(options.recursive ? "." : "-", true);
	for (int i = optind; i < argc; i++)
		grep_path(argv[i], true);
	finish(0);
	return any_trouble ? EXIT_TROUBLE : any_match ? EXIT_SUCCESS : EXIT_NO_MATCH;
}
