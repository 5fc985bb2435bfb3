/* SPDX-License-Identifier: MIT */
/* Simple commands: functions, builtins and programs. See command.h. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec.h"
#include "expand.h"
#include "jobs.h"
#include "redir.h"
#include "shell.h"
#include "traps.h"
#include "vars.h"

#define MAX_CALLS 500 /* functions within functions; each takes a part of the stack */

struct function *functions;

/* ---- what a name means ---- */

const char *command_find_program(const char *name)
{
	const char *path = var_get("PATH");
	size_t name_size = strlen(name) + 1;

	if (strchr(name, '/'))
		return name;
	while (path && *path) {
		size_t length = strcspn(path, ":");
		char *candidate = arena_alloc(&temp_arena, length + name_size + 2);
		struct stat st;

		memcpy(candidate, path, length);
		if (!length)
			candidate[length++] = '.';
		candidate[length] = '/';
		memcpy(candidate + length + 1, name, name_size);
		if (!stat(candidate, &st) && S_ISREG(st.st_mode) && (st.st_mode & 0111))
			return candidate;
		path += strcspn(path, ":");
		path += *path == ':';
	}
	return NULL;
}

static const struct function *function_find(const char *name)
{
	for (const struct function *function = functions; function; function = function->next)
		if (!strcmp(function->name, name))
			return function;
	return NULL;
}

struct command command_find(const char *name)
{
	struct command command = {.function = function_find(name)};

	if (!command.function)
		command.builtin = builtin_find(name);
	if (!command.function && !command.builtin)
		command.path = command_find_program(name);
	return command;
}

/* ---- functions ---- */

bool function_undefine(const char *name)
{
	for (struct function **link = &functions; *link; link = &(*link)->next) {
		struct function *function = *link;

		if (strcmp(function->name, name))
			continue;
		*link = function->next;
		program_put(function->program);
		free(function->name);
		free(function);
		return true;
	}
	return false;
}

void function_define(const struct node *node)
{
	struct function *function = mem_alloc(sizeof(*function));

	program_get(node->program);
	function->program = node->program;
	function->body = node->function.body;
	function->name = mem_strdup(node->function.name);
	function_undefine(function->name);
	function->next = functions;
	functions = function;
}

static void call_function(const struct function *function, struct strvec *argv, int flags)
{
	char **arguments = sh.arguments, **owned = sh.owned_arguments;
	int count = sh.argument_count, loop_depth = sh.loop_depth;
	/* The function may be redefined, or undefine itself, while it runs. */
	struct program *program = function->program;
	const struct node *body = function->body;

	if (sh.function_depth >= MAX_CALLS) {
		shell_error("%s: too many functions within functions", function->name);
		shell_fail(EXIT_SYNTAX);
		return;
	}
	program_get(program);
	sh.owned_arguments = NULL;
	sh.arguments = argv->items + 1;
	sh.argument_count = (int)argv->count - 1;
	sh.loop_depth = 0;
	sh.function_depth++;
	exec_node(body, flags & EXEC_TESTED);
	if (sh.flow == FLOW_RETURN)
		sh.flow = FLOW_NONE;
	sh.function_depth--;
	sh.loop_depth = loop_depth;
	free(sh.owned_arguments);
	sh.owned_arguments = owned;
	sh.arguments = arguments;
	sh.argument_count = count;
	program_put(program);
}

/* ---- assignments ---- */

/* Each is expanded after the one before it is made: a=1 b=$a. */
static bool assign(const struct node *node, bool temporary)
{
	for (const struct assignment *a = node->simple.assignments; a; a = a->next) {
		const char *value = expand_string(a->value);

		if (sh.flow)
			return false;
		if (temporary)
			var_save(a->name);
		if (!var_set(a->name, value))
			return false;
		if (temporary)
			var_export(a->name);
	}
	return true;
}

/* ---- running ---- */

static void trace(const struct node *node, const struct strvec *argv)
{
	struct strbuf line = {0};

	expand_prompt("PS4", &line);
	for (const struct assignment *a = node->simple.assignments; a; a = a->next) {
		strbuf_puts(&line, a->name);
		strbuf_puts(&line, "=... ");
	}
	for (size_t i = 0; i < argv->count; i++) {
		if (i)
			strbuf_putc(&line, ' ');
		strbuf_puts(&line, argv->items[i]);
	}
	strbuf_putc(&line, '\n');
	(void)!write(STDERR_FILENO, line.data, line.length);
	strbuf_free(&line);
}

static bool expand_arguments(const struct node *node, struct strvec *argv)
{
	for (const struct word *word = node->simple.words; word && !sh.flow; word = word->next)
		expand_fields(word, argv);
	if (sh.flow)
		return false;
	if (sh.trace)
		trace(node, argv);
	return true;
}

/*
 * What could not be written is not to come out at the next builtin, with its redirections. There
 * is no standard call that empties a stream, but there is a device that takes anything.
 */
static void discard_output(void)
{
	int saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	int null = open("/dev/null", O_WRONLY);

	if (null >= 0 && null != STDOUT_FILENO) {
		dup2(null, STDOUT_FILENO);
		close(null);
	}
	fflush(stdout);
	clearerr(stdout);
	if (saved >= 0) {
		dup2(saved, STDOUT_FILENO);
		close(saved);
	} else {
		close(STDOUT_FILENO);
	}
}

static void run_builtin(const struct builtin *builtin, struct strvec *argv)
{
	sh.status = builtin->run((int)argv->count, argv->items);
	if (fflush(stdout) || ferror(stdout)) {
		if (errno != EPIPE)
			shell_error("%s: write: %s", builtin->name, strerror(errno));
		discard_output();
		sh.status = 1;
	}
}

/* A function or builtin: in this process, so what is redirected and assigned is put back. */
static void run_here(const struct node *node, const struct command *command, struct strvec *argv,
		     struct redir_plan *plan, int flags)
{
	bool special = command->builtin && command->builtin->special;
	/* `local` is a builtin that needs the scope of the function around it. */
	bool scoped = command->function || (node->simple.assignments && !special);

	if (!redir_apply_saving(plan)) {
		sh.status = 1;
		redir_undo(plan);
		if (special)
			shell_fail(1);
		return;
	}
	if (scoped)
		scope_push();
	if (assign(node, !special)) {
		if (command->function)
			call_function(command->function, argv, flags);
		else
			run_builtin(command->builtin, argv);
	}
	if (scoped)
		scope_pop();
	if (builtin_exec_kept(command->builtin))
		redir_keep(plan);
	else
		redir_undo(plan);
}

/* Not even a process is needed to say that there is no such command. */
static void run_nothing(const char *name, struct redir_plan *plan)
{
	if (redir_apply_saving(plan))
		shell_error("%s: not found", name);
	redir_undo(plan);
	sh.status = EXIT_NOT_FOUND;
}

static void run_program(const struct node *node, const char *path, struct strvec *argv,
			struct redir_plan *plan, int flags)
{
	struct launch launch;
	struct job *job;

	if ((flags & EXEC_LAST) && !sh.job_control && !traps_any()) {
		if (!assign(node, true) || !redir_apply(plan)) {
			sh.status = 1;
			return;
		}
		for (const struct assignment *a = node->simple.assignments; a; a = a->next)
			var_export(a->name);
		launch_exec(path, argv->items, vars_environment());
	}
	scope_push();
	if (assign(node, true)) {
		job = job_new(node, 1);
		launch = LAUNCH_PLAIN(job);
		if (launch_program(&launch, path, argv->items, plan) > 0) {
			sh.status = job_wait(job);
		} else {
			job_free(job);
			sh.status = EXIT_CANNOT;
		}
	}
	scope_pop();
}

/* No words at all: the assignments stay, and files are made by > alone. */
static void run_empty(const struct node *node, struct redir_plan *plan)
{
	bool ok = redir_apply_saving(plan);

	redir_undo(plan);
	if (ok && assign(node, false))
		sh.status = sh.substitution_status;
	else if (!ok)
		sh.status = 1;
}

static void run_expanded(const struct node *node, struct strvec *argv, int flags)
{
	struct redir_plan plan;
	struct command command;

	if (!redir_plan(node->redirs, &plan)) {
		sh.status = 1;
		return;
	}
	if (!argv->count) {
		run_empty(node, &plan);
	} else {
		command = command_find(argv->items[0]);
		if (command.path)
			run_program(node, command.path, argv, &plan, flags);
		else if (command.function || command.builtin)
			run_here(node, &command, argv, &plan, flags);
		else
			run_nothing(argv->items[0], &plan);
	}
	redir_finish(&plan);
}

void command_run(const struct node *node, int flags)
{
	struct arena_mark mark = arena_mark(&temp_arena);
	struct strvec argv = {0};

	sh.substitution_status = 0;
	if (expand_arguments(node, &argv))
		run_expanded(node, &argv, flags);
	arena_release(&temp_arena, mark);
}

/* ---- in a process of its own ---- */

/* Starts a pure simple command that is a program; 0 if it is not one. */
static pid_t launch_directly(const struct node *node, const struct launch *launch)
{
	struct strvec argv = {0};
	struct redir_plan plan;
	struct command command;
	pid_t pid = 0;

	if (!expand_arguments(node, &argv) || !argv.count)
		return 0;
	command = command_find(argv.items[0]);
	if (!command.path)
		return 0;
	if (!redir_plan(node->redirs, &plan))
		return -1;
	scope_push();
	if (assign(node, true))
		pid = launch_program(launch, command.path, argv.items, &plan);
	scope_pop();
	redir_finish(&plan);
	return pid;
}

pid_t command_launch(const struct node *node, const struct launch *launch)
{
	pid_t pid = 0;

	/* With -u the expansion may fail, which is to end that process and not this one. */
	if (node->kind == NODE_SIMPLE && node->simple.pure && !sh.trace && !sh.error_on_unset) {
		struct arena_mark mark = arena_mark(&temp_arena);

		pid = launch_directly(node, launch);
		arena_release(&temp_arena, mark);
		if (pid || sh.flow)
			return pid ? pid : -1;
	}
	pid = launch_shell(launch);
	if (pid == 0) {
		exec_node(node, EXEC_LAST);
		launch_finish();
	}
	return pid;
}
