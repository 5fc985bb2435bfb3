/* SPDX-License-Identifier: MIT */
/* The shell's start, its two loops (a person's and a script's), and its end. See shell.h. */
#define _GNU_SOURCE /* for pipe2 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exec.h"
#include "jobs.h"
#include "launch.h"
#include "parser.h"
#include "shell.h"
#include "source.h"
#include "terminal.h"
#include "traps.h"
#include "vars.h"

extern char **environ;

struct shell sh = {.name = "sh", .terminal = -1};

void shell_error(const char *format, ...)
{
	char message[512];
	size_t length;
	va_list args;

	snprintf(message, sizeof(message), "%.64s: ", sh.name);
	length = strlen(message);
	va_start(args, format);
	vsnprintf(message + length, sizeof(message) - length - 1, format, args);
	va_end(args);
	length = strlen(message);
	message[length++] = '\n';
	(void)!write(STDERR_FILENO, message, length);
}

void shell_fail(int status)
{
	sh.status = status;
	/* A subshell of an interactive shell ends as well: its own `interactive` is off. */
	if (sh.flow != FLOW_EXIT)
		sh.flow = sh.interactive ? FLOW_ABORT : FLOW_EXIT;
}

int shell_move_fd(int fd)
{
	int moved;

	if (fd < 0 || fd >= 10)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);
	if (moved < 0)
		return fd;
	close(fd);
	return moved;
}

int shell_pipe(int fds[2])
{
	if (pipe2(fds, O_CLOEXEC))
		return -1;
	for (int i = 0; i < 2; i++)
		if (fds[i] <= STDERR_FILENO)
			fds[i] = shell_move_fd(fds[i]);
	return 0;
}

/* ---- running ---- */

void shell_run_source(struct source *source, bool last)
{
	while (!sh.flow) {
		struct program *program = parse_program(source);

		if (!program) {
			shell_fail(EXIT_SYNTAX);
			break;
		}
		if (!program->body && source->ended) {
			program_put(program);
			break;
		}
		exec_list(program->body, last && source_exhausted(source) ? EXEC_LAST : 0);
		program_put(program);
	}
}

void shell_run_string(const char *text)
{
	struct source source;

	source_open_string(&source, text);
	shell_run_source(&source, false);
	source_close(&source);
}

bool shell_run_file(const char *path)
{
	struct source source;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	source_open_file(&source, fd);
	shell_run_source(&source, false);
	source_close(&source);
	return true;
}

/* True if ^D at the prompt is to be obeyed. */
static bool may_leave(void)
{
	static bool warned;

	if (!jobs_any_stopped() || warned)
		return true;
	warned = true;
	shell_error("there are stopped jobs; ^D again to leave them");
	return false;
}

static void run_interactive(struct source *source)
{
	while (sh.flow != FLOW_EXIT) {
		struct program *program;

		sh.flow = FLOW_NONE;
		jobs_notify();
		sh.interrupted = sh.suspended = 0;
		program = parse_program(source);
		if (!program) {
			sh.status = source->interrupted ? EXIT_SIGNAL + SIGINT : EXIT_SYNTAX;
			source_discard(source);
			continue;
		}
		if (program->body)
			exec_list(program->body, 0);
		else if (source->ended && may_leave())
			sh.flow = FLOW_EXIT;
		program_put(program);
	}
}

/* ---- starting ---- */

struct invocation {
	const char *command; /* of -c, or NULL */
	const char *script;  /* or NULL */
	bool interactive;
};

static void usage(void)
{
	static const char text[] = "usage: sh [-efuxil] [SCRIPT [ARGUMENT...]]\n"
				   "       sh [-efux] -c COMMAND [NAME [ARGUMENT...]]\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(EXIT_SYNTAX);
}

static bool option_letter(struct invocation *invocation, char letter, bool on, bool *command)
{
	switch (letter) {
	case 'c':
		*command = true;
		return true;
	case 'i':
		invocation->interactive = true;
		return true;
	case 'l':
		sh.login = true;
		return true;
	case 's': /* standard input, which is what we read anyway */
	case 'm': /* job control, which comes with a terminal */
		return true;
	default:
		return shell_set_option(letter, on);
	}
}

static void parse_options(int argc, char **argv, struct invocation *invocation)
{
	bool command = false;
	int i = 1;

	sh.login = argv[0] && argv[0][0] == '-';
	for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1]; i++) {
		if (!strcmp(argv[i], "--")) {
			i++;
			break;
		}
		for (const char *letter = argv[i] + 1; *letter; letter++)
			if (!option_letter(invocation, *letter, argv[i][0] == '-', &command))
				usage();
	}
	if (command) {
		if (i == argc)
			usage();
		invocation->command = argv[i++];
		if (i < argc)
			sh.name = argv[i++];
	} else if (i < argc) {
		invocation->script = sh.name = argv[i++];
	}
	sh.arguments = argv + i;
	sh.argument_count = argc - i;
}

static void open_script(struct source *source, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		sh.name = "sh";
		shell_error("%s: %s", path, strerror(errno));
		_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT);
	}
	source_open_file(source, fd);
	if (source_is_binary(source)) {
		shell_error("%s: not a script", path);
		_exit(EXIT_CANNOT);
	}
}

static void start_interactive(struct source *source)
{
	sh.interactive = true;
	terminal_init();
	signals_init_interactive();
	if (sh.job_control)
		terminal_take_back();
	source_open_terminal(source);
}

int main(int argc, char **argv)
{
	struct invocation invocation = {0};
	struct source source;

	parse_options(argc, argv, &invocation);
	sh.pid = getpid();
	signals_init();
	vars_init(environ);
	if (invocation.command)
		source_open_string(&source, invocation.command);
	else if (invocation.script)
		open_script(&source, invocation.script);
	else if (isatty(STDIN_FILENO) && (isatty(STDERR_FILENO) || invocation.interactive))
		start_interactive(&source);
	else
		source_open_stdin(&source);
	if (sh.login)
		shell_run_file("/etc/profile");
	if (sh.interactive)
		run_interactive(&source);
	else
		shell_run_source(&source, invocation.command != NULL);
	launch_finish();
}
