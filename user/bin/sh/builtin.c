/* SPDX-License-Identifier: MIT */
/* The table of builtins, and those that change the shell's own state and flow. */
#include "builtin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "jobs.h"
#include "launch.h"
#include "lexer.h"
#include "mem.h"
#include "shell.h"
#include "traps.h"
#include "vars.h"

static bool exec_kept;

bool builtin_exec_kept(const struct builtin *builtin)
{
	bool kept = builtin && exec_kept;

	if (kept)
		exec_kept = false;
	return kept;
}

static int usage_error(const char *usage)
{
	shell_error("usage: %s", usage);
	return EXIT_SYNTAX;
}

/* An optional count or status. False, with a message, if it is not a number. */
static bool number_argument(int argc, char **argv, int otherwise, int *number)
{
	char *end;
	long value;

	*number = otherwise;
	if (argc < 2)
		return true;
	value = strtol(argv[1], &end, 10);
	if (!argv[1][0] || *end || value < 0 || value > 0x7fffffff) {
		shell_error("%s: %s: not a number", argv[0], argv[1]);
		return false;
	}
	*number = (int)value;
	return true;
}

/* ---- flow ---- */

static int builtin_true(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static int builtin_false(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 1;
}

static int builtin_exit(int argc, char **argv)
{
	static bool warned;
	int status;

	if (!number_argument(argc, argv, sh.status, &status))
		status = EXIT_SYNTAX;
	if (sh.interactive && !warned && jobs_any_stopped()) {
		warned = true;
		shell_error("there are stopped jobs; exit again to leave them");
		return 1;
	}
	sh.flow = FLOW_EXIT;
	return status & 0xff;
}

static int builtin_return(int argc, char **argv)
{
	int status;

	if (!number_argument(argc, argv, sh.status, &status))
		status = EXIT_SYNTAX;
	sh.flow = FLOW_RETURN;
	return status & 0xff;
}

static int leave_loops(int argc, char **argv, enum flow flow)
{
	int count;

	if (!number_argument(argc, argv, 1, &count) || count < 1)
		return EXIT_SYNTAX;
	if (!sh.loop_depth)
		return 0;
	sh.flow = flow;
	sh.flow_count = count < sh.loop_depth ? count : sh.loop_depth;
	return 0;
}

static int builtin_break(int argc, char **argv)
{
	return leave_loops(argc, argv, FLOW_BREAK);
}

static int builtin_continue(int argc, char **argv)
{
	return leave_loops(argc, argv, FLOW_CONTINUE);
}

static int builtin_eval(int argc, char **argv)
{
	struct strbuf text = {0};

	for (int i = 1; i < argc; i++) {
		if (i > 1)
			strbuf_putc(&text, ' ');
		strbuf_puts(&text, argv[i]);
	}
	sh.status = 0;
	shell_run_string(strbuf_text(&text));
	strbuf_free(&text);
	return sh.status;
}

static int builtin_source(int argc, char **argv)
{
	const char *path;

	if (argc < 2)
		return usage_error(". FILE");
	/* A file of that name here is what people mean, though POSIX looks in PATH alone. */
	path = access(argv[1], R_OK) ? command_find_program(argv[1]) : argv[1];
	sh.status = 0;
	if (!path || !shell_run_file(path)) {
		shell_error("%s: %s", argv[1], strerror(path ? errno : ENOENT));
		shell_fail(1);
		return 1;
	}
	if (sh.flow == FLOW_RETURN)
		sh.flow = FLOW_NONE;
	return sh.status;
}

static int builtin_exec(int argc, char **argv)
{
	const char *path;

	if (argc < 2) {
		exec_kept = true;
		return 0;
	}
	path = command_find_program(argv[1]);
	if (!path) {
		shell_error("%s: not found", argv[1]);
		shell_fail(EXIT_NOT_FOUND);
		return EXIT_NOT_FOUND;
	}
	signals_restore();
	launch_exec(path, argv + 1, vars_environment());
}

/* ---- arguments and options ---- */

/* The vector and its strings in one block. */
static void set_arguments(int count, char **values)
{
	size_t size = (size_t)(count + 1) * sizeof(char *);
	char **block, *text;

	for (int i = 0; i < count; i++)
		size += strlen(values[i]) + 1;
	block = mem_alloc(size);
	text = (char *)(block + count + 1);
	for (int i = 0; i < count; i++) {
		block[i] = strcpy(text, values[i]);
		text += strlen(text) + 1;
	}
	block[count] = NULL;
	free(sh.owned_arguments);
	sh.owned_arguments = block;
	sh.arguments = block;
	sh.argument_count = count;
}

static int builtin_shift(int argc, char **argv)
{
	int count;

	if (!number_argument(argc, argv, 1, &count))
		return EXIT_SYNTAX;
	if (count > sh.argument_count) {
		shell_error("shift: there are only %d arguments", sh.argument_count);
		return 1;
	}
	sh.arguments += count;
	sh.argument_count -= count;
	return 0;
}

bool shell_set_option(char letter, bool on)
{
	switch (letter) {
	case 'e':
		sh.exit_on_error = on;
		return true;
	case 'f':
		sh.no_glob = on;
		return true;
	case 'u':
		sh.error_on_unset = on;
		return true;
	case 'x':
		sh.trace = on;
		return true;
	}
	return false;
}

static int builtin_set(int argc, char **argv)
{
	int i = 1;

	if (argc == 1)
		vars_list(VARS_ALL, "");
	for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1]; i++) {
		if (!strcmp(argv[i], "--"))
			break;
		for (const char *letter = argv[i] + 1; *letter; letter++)
			if (!shell_set_option(*letter, argv[i][0] == '-'))
				return usage_error("set [-efux] [+efux] [--] [ARGUMENT...]");
	}
	if (i < argc) {
		i += !strcmp(argv[i], "--");
		set_arguments(argc - i, argv + i);
	}
	return 0;
}

/* ---- variables ---- */

/* Does something to each NAME or NAME=value. */
static int declare(int argc, char **argv, void (*mark)(const char *name), bool before)
{
	for (int i = 1; i < argc; i++) {
		size_t length = name_length(argv[i]);
		char *name;

		if (!length || (argv[i][length] && argv[i][length] != '=')) {
			shell_error("%s: %s: not a name", argv[0], argv[i]);
			return EXIT_SYNTAX;
		}
		name = arena_strndup(&temp_arena, argv[i], length);
		if (before)
			mark(name);
		if (argv[i][length] && !var_set(name, argv[i] + length + 1))
			return 1;
		if (!before)
			mark(name);
	}
	return 0;
}

static int builtin_export(int argc, char **argv)
{
	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "-p"))) {
		vars_list(VARS_EXPORTED, "export ");
		return 0;
	}
	return declare(argc, argv, var_export, false);
}

static int builtin_readonly(int argc, char **argv)
{
	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "-p"))) {
		vars_list(VARS_READONLY, "readonly ");
		return 0;
	}
	return declare(argc, argv, var_make_readonly, false);
}

static int builtin_local(int argc, char **argv)
{
	if (!sh.function_depth) {
		shell_error("local: only inside a function");
		return 1;
	}
	return declare(argc, argv, var_save, true);
}

static int builtin_unset(int argc, char **argv)
{
	bool function = argc > 1 && !strcmp(argv[1], "-f");
	int status = 0;
	int first = argc > 1 && (function || !strcmp(argv[1], "-v")) ? 2 : 1;

	for (int i = first; i < argc; i++) {
		if (function)
			function_undefine(argv[i]);
		else if (!var_unset(argv[i]))
			status = 1;
	}
	return status;
}

/* ---- the table ---- */

const struct builtin builtins[] = {
	{".", builtin_source, true, ". FILE               run the commands of a file here"},
	{":", builtin_true, true, ":                    do nothing"},
	{"[", builtin_test, false, "[ EXPRESSION ]       the same as test"},
	{"bg", builtin_bg, false, "bg [%JOB]            let a stopped job go on in the background"},
	{"break", builtin_break, true, "break [N]            leave a loop"},
	{"cd", builtin_cd, false, "cd [DIRECTORY|-]     change the working directory"},
	{"command", builtin_command, false, "command [-v] NAME... run NAME, but not as a function"},
	{"continue", builtin_continue, true, "continue [N]         begin a loop's next turn"},
	{"echo", builtin_echo, false, "echo [-n] [WORD...]  print words"},
	{"eval", builtin_eval, true, "eval WORD...         run words as a command"},
	{"exec", builtin_exec, true,
	 "exec [COMMAND...]    become a command; or redirect the shell"},
	{"exit", builtin_exit, true, "exit [STATUS]        leave the shell"},
	{"export", builtin_export, true, "export [NAME[=VALUE]] pass variables on to commands"},
	{"false", builtin_false, false, "false                fail"},
	{"fg", builtin_fg, false, "fg [%JOB]            bring a job to the foreground"},
	{"help", builtin_help, false, "help [NAME]          this list"},
	{"history", builtin_history, false, "history              what was typed"},
	{"jobs", builtin_jobs, false, "jobs [-p]            list the jobs"},
	{"kill", builtin_kill, false, "kill [-SIGNAL] PID|%JOB...  send a signal (-l lists them)"},
	{"local", builtin_local, true, "local NAME[=VALUE]   a variable of this function"},
	{"printf", builtin_printf, false, "printf FORMAT [ARGUMENT...]  print formatted"},
	{"pwd", builtin_pwd, false, "pwd                  print the working directory"},
	{"read", builtin_read, false, "read [-r] [-p TEXT] NAME...  read a line into variables"},
	{"readonly", builtin_readonly, true, "readonly NAME[=VALUE] let nothing change a variable"},
	{"return", builtin_return, true, "return [STATUS]      leave a function"},
	{"set", builtin_set, true, "set [-efux] [--] [ARGUMENT...]  options and $1..."},
	{"shift", builtin_shift, true, "shift [N]            drop $1"},
	{"source", builtin_source, true, "source FILE          the same as ."},
	{"test", builtin_test, false, "test EXPRESSION      compare, and look at files"},
	{"trap", builtin_trap, true, "trap [ACTION] SIGNAL...  run ACTION when a signal comes"},
	{"true", builtin_true, false, "true                 succeed"},
	{"type", builtin_type, false, "type NAME...         tell what a command is"},
	{"umask", builtin_umask, false, "umask [MODE]         rights that new files do not get"},
	{"unset", builtin_unset, true, "unset NAME...        forget variables (-f: functions)"},
	{"wait", builtin_wait, false, "wait [PID|%JOB...]   wait for background jobs"},
	{0},
};

const struct builtin *builtin_find(const char *name)
{
	size_t low = 0, high = sizeof(builtins) / sizeof(builtins[0]) - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, builtins[middle].name);

		if (!order)
			return &builtins[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
