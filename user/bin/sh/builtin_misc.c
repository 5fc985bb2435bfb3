/* SPDX-License-Identifier: MIT */
/* Builtins that look at the world: cd, pwd, echo, read, type, command, umask, help, history. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../echo.h"
#include "builtin.h"
#include "command.h"
#include "history.h"
#include "jobs.h"
#include "launch.h"
#include "lexer.h"
#include "mem.h"
#include "shell.h"
#include "traps.h"
#include "vars.h"

#define PATH_SIZE 4096

int builtin_echo(int argc, char **argv)
{
	echo_words(argc, argv);
	return 0;
}

int builtin_cd(int argc, char **argv)
{
	const char *target = argc > 1 ? argv[1] : var_get("HOME");
	const char *previous = var_get("PWD");
	char directory[PATH_SIZE];
	bool back = target && !strcmp(target, "-");

	if (back)
		target = var_get("OLDPWD");
	if (!target) {
		shell_error("cd: %s is not set", back ? "OLDPWD" : "HOME");
		return 1;
	}
	if (argc > 2) {
		shell_error("usage: cd [DIRECTORY|-]");
		return EXIT_SYNTAX;
	}
	if (chdir(target)) {
		shell_error("cd: %s: %s", target, strerror(errno));
		return 1;
	}
	var_set("OLDPWD", previous ? previous : "");
	if (!getcwd(directory, sizeof(directory)))
		return 0;
	var_set("PWD", directory);
	if (back)
		puts(directory);
	return 0;
}

int builtin_pwd(int argc, char **argv)
{
	char directory[PATH_SIZE];

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "-P") && strcmp(argv[i], "-L")) {
			shell_error("usage: pwd");
			return EXIT_SYNTAX;
		}
	if (!getcwd(directory, sizeof(directory))) {
		shell_error("pwd: %s", strerror(errno));
		return 1;
	}
	puts(directory);
	return 0;
}

int builtin_umask(int argc, char **argv)
{
	mode_t mask;
	char *end;

	if (argc < 2) {
		mask = umask(0);
		umask(mask);
		printf("%04o\n", (unsigned int)mask);
		return 0;
	}
	mask = (mode_t)strtoul(argv[1], &end, 8);
	if (*end || mask > 0777) {
		shell_error("umask: %s: not an octal mode", argv[1]);
		return 1;
	}
	umask(mask);
	return 0;
}

int builtin_history(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (int i = 0; i < history_count(); i++)
		printf("%5d  %s\n", i + 1, history_line(i));
	return 0;
}

/* ---- read ---- */

/* One byte: what comes after the line belongs to somebody else. False at the end, or at ^C. */
static bool read_byte(char *c)
{
	ssize_t got;

	do
		got = signals_await_input(STDIN_FILENO) ? read(STDIN_FILENO, c, 1) : 0;
	while (got < 0 && errno == EINTR);
	return got == 1;
}

/*
 * Without raw, a backslash at the end joins lines, and any other stays in the text so that the
 * split can see what it quotes.
 */
static bool read_line(bool raw, struct strbuf *line)
{
	char c;

	while (read_byte(&c)) {
		if (c == '\n')
			return true;
		if (!raw && c == '\\') {
			if (!read_byte(&c))
				return false;
			if (c == '\n')
				continue;
			strbuf_putc(line, '\\');
		}
		strbuf_putc(line, c);
	}
	return false;
}

static bool is_separator(char c)
{
	const char *ifs = var_get("IFS");

	return c && strchr(ifs ? ifs : " \t\n", c);
}

static bool is_blank_separator(char c)
{
	return is_separator(c) && strchr(" \t\n", c);
}

/* Takes one field off the text, without its backslashes unless raw. The last one takes the rest. */
static const char *take_field(const char *text, bool raw, bool last, struct strbuf *field)
{
	size_t used = 0; /* up to here, blanks at the end do not count */

	while (is_blank_separator(*text))
		text++;
	while (*text && (last || !is_separator(*text))) {
		bool quoted = !raw && *text == '\\' && text[1];

		text += quoted;
		strbuf_putc(field, *text);
		if (quoted || !is_blank_separator(*text))
			used = field->length;
		text++;
	}
	strbuf_truncate(field, used);
	while (is_blank_separator(*text))
		text++;
	if (is_separator(*text) && !is_blank_separator(*text))
		text++;
	return text;
}

static int split_into(const char *text, bool raw, int count, char **names)
{
	for (int i = 0; i < count; i++) {
		struct strbuf field = {0};
		bool ok;

		text = take_field(text, raw, i == count - 1, &field);
		ok = var_set(names[i], strbuf_text(&field));
		strbuf_free(&field);
		if (!ok)
			return 1;
	}
	return 0;
}

int builtin_read(int argc, char **argv)
{
	static char reply[] = "REPLY", *reply_names[] = {reply};
	struct strbuf line = {0};
	bool raw = false, complete;
	int i = 1, status;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "-r")) {
			raw = true;
		} else if (!strcmp(argv[i], "-p") && i + 1 < argc) {
			fputs(argv[++i], stderr);
		} else {
			shell_error("usage: read [-r] [-p TEXT] [NAME...]");
			return EXIT_SYNTAX;
		}
	}
	for (int j = i; j < argc; j++) {
		if (!name_length(argv[j]) || argv[j][name_length(argv[j])]) {
			shell_error("read: %s: not a name", argv[j]);
			return EXIT_SYNTAX;
		}
	}
	complete = read_line(raw, &line);
	if (i < argc)
		status = split_into(strbuf_text(&line), raw, argc - i, argv + i);
	else
		status = split_into(strbuf_text(&line), raw, 1, reply_names);
	strbuf_free(&line);
	return complete ? status : 1;
}

/* ---- what commands are ---- */

static bool is_keyword(const char *name)
{
	static const char *const keywords[] = {"!",     "{",     "}",    "if",  "then", "elif",
					       "else",  "fi",    "for",  "in",  "do",   "done",
					       "while", "until", "case", "esac"};

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (!strcmp(keywords[i], name))
			return true;
	return false;
}

/* Briefly (command -v), or as a sentence. False if there is no such command. */
static bool describe(const char *name, bool brief)
{
	struct command command = command_find(name);
	const char *what;

	if (command.path && access(command.path, X_OK))
		return false;
	if (is_keyword(name))
		what = "a word of the shell's grammar";
	else if (command.function)
		what = "a function";
	else if (command.builtin)
		what = "a shell builtin";
	else
		what = command.path;
	if (!what)
		return false;
	if (brief)
		puts(command.path ? command.path : name);
	else
		printf("%s is %s\n", name, what);
	return true;
}

int builtin_type(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		if (!describe(argv[i], false)) {
			shell_error("%s: not found", argv[i]);
			status = EXIT_NOT_FOUND;
		}
	}
	return status;
}

int builtin_command(int argc, char **argv)
{
	const struct builtin *builtin;
	struct redir_plan plan = {0};
	struct launch launch;
	const char *path;

	if (argc < 2)
		return 0;
	if (!strcmp(argv[1], "-v"))
		return argc > 2 && describe(argv[2], true) ? 0 : EXIT_NOT_FOUND;
	if (!strcmp(argv[1], "-V"))
		return builtin_type(argc - 1, argv + 1);
	builtin = builtin_find(argv[1]);
	if (builtin)
		return builtin->run(argc - 1, argv + 1);
	path = command_find_program(argv[1]);
	if (!path) {
		shell_error("%s: not found", argv[1]);
		return EXIT_NOT_FOUND;
	}
	launch = LAUNCH_PLAIN(job_new(NULL, 1));
	if (launch_program(&launch, path, argv + 1, &plan) > 0)
		return job_wait(launch.job);
	job_free(launch.job);
	return EXIT_CANNOT;
}

static const char help_text[] =
	"Commands are words, joined by | (pipe), ; (then), && (if it succeeded), || (if\n"
	"it failed), & (in the background). < > >> 2>&1 <<END redirect. $x $? $! $1 $@\n"
	"$(command) $((1+2)) are replaced; * ? [a-z] match file names. if, while, until,\n"
	"for, case, name() { }, { } and ( ) are as usual. ^C interrupts, ^Z stops, ^D\n"
	"ends. Tab completes names; arrows move, and go back to earlier lines.\n\n";

int builtin_help(int argc, char **argv)
{
	bool found = false;

	if (argc > 1) {
		const struct builtin *builtin = builtin_find(argv[1]);

		if (builtin)
			puts(builtin->help);
		else
			found = describe(argv[1], false);
		if (!builtin && !found)
			shell_error("help: %s: no such command", argv[1]);
		return builtin || found ? 0 : 1;
	}
	fputs(help_text, stdout);
	fputs("Builtins (help NAME tells more):", stdout);
	for (int i = 0; builtins[i].name; i++)
		printf("%s%-9s", i % 7 ? " " : "\n  ", builtins[i].name);
	puts("\nPrograms: ls /bin; every one tells its usage when given --help.");
	return 0;
}
