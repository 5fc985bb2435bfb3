/* SPDX-License-Identifier: MIT */
/* Lists, pipelines and compound commands: see exec.h. Simple commands are in command.c. */
#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "expand.h"
#include "glob.h"
#include "jobs.h"
#include "launch.h"
#include "redir.h"
#include "shell.h"
#include "traps.h"
#include "vars.h"

void exec_check_signals(void)
{
	if (sh.interrupted) {
		sh.interrupted = 0;
		(void)!write(STDERR_FILENO, "\n", 1); /* after the ^C that the terminal showed */
		sh.status = EXIT_SIGNAL + SIGINT;
		sh.flow = FLOW_ABORT;
	}
	if (traps_pending() && !sh.flow)
		traps_run();
}

/* set -e: a failure that nobody looks at ends the shell. */
static void check_failure(int flags)
{
	if (sh.status && sh.exit_on_error && !(flags & EXEC_TESTED) && !sh.flow)
		sh.flow = FLOW_EXIT;
}

/* ---- pipelines and the background ---- */

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Starts all stages, each reading what the one before it writes. False if one cannot be started. */
static bool start_stages(const struct node *pipeline, struct launch *launch)
{
	int previous = -1;
	bool ok = true;

	for (const struct node *stage = pipeline->pipeline.stages; stage && ok;
	     stage = stage->next) {
		int fds[2] = {-1, -1};

		if (stage->next && shell_pipe(fds)) {
			shell_error("pipe: %s", strerror(errno));
			ok = false;
			break;
		}
		launch->input = previous;
		launch->output = fds[1];
		launch->unwanted = fds[0];
		ok = command_launch(stage, launch) > 0;
		close_if_open(previous);
		close_if_open(fds[1]);
		previous = fds[0];
	}
	close_if_open(previous);
	return ok;
}

static void exec_pipeline(const struct node *node, bool background)
{
	struct job *job = job_new(node, node->pipeline.count);
	struct launch launch = LAUNCH_PLAIN(job);
	bool ok;

	launch.foreground = !background;
	launch.takes_terminal = false;
	ok = start_stages(node, &launch);
	if (!job->count) {
		job_free(job);
		sh.status = EXIT_CANNOT;
		return;
	}
	if (background) {
		job_to_background(job);
		sh.status = 0;
	} else {
		job_give_terminal(job);
		sh.status = job_wait(job);
	}
	if (!ok)
		sh.status = EXIT_CANNOT;
}

static void exec_background(const struct node *node)
{
	struct launch launch;
	struct job *job;

	if (node->kind == NODE_PIPELINE) {
		exec_pipeline(node, true);
		return;
	}
	job = job_new(node, 1);
	launch = LAUNCH_PLAIN(job);
	launch.foreground = false;
	if (command_launch(node, &launch) < 0) {
		job_free(job);
		sh.status = EXIT_CANNOT;
		return;
	}
	job_to_background(job);
	sh.status = 0;
}

static void exec_subshell(const struct node *node)
{
	struct job *job = job_new(node, 1);
	struct launch launch = LAUNCH_PLAIN(job);
	pid_t pid = launch_shell(&launch);

	if (pid == 0) {
		exec_list(node->body, EXEC_LAST);
		launch_finish();
	}
	if (pid < 0) {
		job_free(job);
		sh.status = EXIT_CANNOT;
		return;
	}
	sh.status = job_wait(job);
}

/* ---- command substitution ---- */

static void read_output(int fd, struct strbuf *output)
{
	for (;;) {
		ssize_t got;

		strbuf_reserve(output, 512);
		if (!signals_await_input(fd))
			break;
		got = read(fd, output->data + output->length,
			   output->capacity - output->length - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		output->length += (size_t)got;
	}
	output->data[output->length] = '\0';
	while (output->length && output->data[output->length - 1] == '\n')
		strbuf_truncate(output, output->length - 1);
}

static pid_t start_substitution(const struct node *list, const struct launch *launch)
{
	pid_t pid;

	if (!list->next && !list->background)
		return command_launch(list, launch);
	pid = launch_shell(launch);
	if (pid == 0) {
		exec_list(list, EXEC_LAST);
		launch_finish();
	}
	return pid;
}

void exec_substitution(const struct node *list, struct strbuf *output)
{
	struct launch launch = LAUNCH_PLAIN(NULL);
	int fds[2], status = 0;
	pid_t pid;

	sh.substitution_status = 0;
	if (!list)
		return;
	if (shell_pipe(fds)) {
		shell_error("pipe: %s", strerror(errno));
		shell_fail(EXIT_CANNOT);
		return;
	}
	launch.output = fds[1];
	launch.unwanted = fds[0];
	pid = start_substitution(list, &launch);
	close(fds[1]);
	if (pid > 0) {
		read_output(fds[0], output);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		sh.substitution_status = status_code(status);
	} else {
		shell_fail(EXIT_CANNOT);
	}
	close(fds[0]);
	exec_check_signals();
}

/* ---- compound commands ---- */

/* After each part of a loop: true if the loop ends here. */
static bool loop_ends(void)
{
	enum flow flow = sh.flow;

	if (flow == FLOW_NONE)
		return false;
	if (flow != FLOW_BREAK && flow != FLOW_CONTINUE)
		return true;
	if (--sh.flow_count > 0)
		return true; /* meant for a loop further out */
	sh.flow = FLOW_NONE;
	return flow == FLOW_BREAK;
}

static void exec_loop(const struct node *node, int flags)
{
	int status = 0;

	sh.loop_depth++;
	for (;;) {
		exec_list(node->loop.condition, EXEC_TESTED);
		if (loop_ends())
			break;
		if ((sh.status == 0) != (node->kind == NODE_WHILE))
			break;
		exec_list(node->loop.body, flags & EXEC_TESTED);
		status = sh.status;
		if (loop_ends())
			break;
	}
	sh.loop_depth--;
	if (!sh.flow)
		sh.status = status;
}

static void exec_for(const struct node *node, int flags)
{
	struct arena_mark mark = arena_mark(&temp_arena);
	struct strvec values = {0};

	if (node->each.over_arguments)
		for (int i = 0; i < sh.argument_count; i++)
			strvec_push(&temp_arena, &values,
				    arena_strdup(&temp_arena, sh.arguments[i]));
	for (const struct word *word = node->each.words; word; word = word->next)
		expand_fields(word, &values);
	if (!sh.flow)
		sh.status = 0;
	sh.loop_depth++;
	for (size_t i = 0; i < values.count && !sh.flow; i++) {
		if (!var_set(node->each.name, values.items[i]))
			break;
		exec_list(node->each.body, flags & EXEC_TESTED);
		if (loop_ends())
			break;
	}
	sh.loop_depth--;
	arena_release(&temp_arena, mark);
}

static bool item_matches(const struct case_item *item, const char *subject)
{
	for (const struct word *word = item->patterns; word && !sh.flow; word = word->next)
		if (pattern_match(expand_pattern(word), subject))
			return !sh.flow;
	return false;
}

static void exec_case(const struct node *node, int flags)
{
	struct arena_mark mark = arena_mark(&temp_arena);
	const char *subject = expand_string(node->choice.subject);
	const struct case_item *item = node->choice.items;

	while (item && !sh.flow && !item_matches(item, subject))
		item = item->next;
	arena_release(&temp_arena, mark);
	if (sh.flow)
		return;
	sh.status = 0;
	if (item)
		exec_list(item->body, flags);
}

static void exec_if(const struct node *node, int flags)
{
	exec_list(node->branch.condition, EXEC_TESTED);
	while (!sh.flow && sh.status && node->branch.elif) {
		node = node->branch.otherwise;
		exec_list(node->branch.condition, EXEC_TESTED);
	}
	if (sh.flow)
		return;
	if (sh.status == 0) {
		exec_list(node->branch.then, flags);
	} else {
		sh.status = 0;
		if (node->branch.otherwise)
			exec_list(node->branch.otherwise, flags);
	}
}

static void exec_and_or(const struct node *node, int flags)
{
	exec_node(node->binary.left, EXEC_TESTED);
	if (sh.flow)
		return;
	if ((sh.status == 0) == (node->kind == NODE_AND))
		exec_node(node->binary.right, flags);
}

static void exec_not(const struct node *node)
{
	exec_node(node->binary.left, EXEC_TESTED);
	if (!sh.flow)
		sh.status = !sh.status;
}

static void exec_bare(const struct node *node, int flags)
{
	switch (node->kind) {
	case NODE_SIMPLE:
		command_run(node, flags);
		check_failure(flags);
		break;
	case NODE_PIPELINE:
		exec_pipeline(node, false);
		check_failure(flags);
		break;
	case NODE_SUBSHELL:
		exec_subshell(node);
		check_failure(flags);
		break;
	case NODE_AND:
	case NODE_OR:
		exec_and_or(node, flags);
		break;
	case NODE_NOT:
		exec_not(node);
		break;
	case NODE_GROUP:
		exec_list(node->body, flags);
		break;
	case NODE_IF:
		exec_if(node, flags);
		break;
	case NODE_WHILE:
	case NODE_UNTIL:
		exec_loop(node, flags);
		break;
	case NODE_FOR:
		exec_for(node, flags);
		break;
	case NODE_CASE:
		exec_case(node, flags);
		break;
	case NODE_FUNCTION:
		function_define(node);
		sh.status = 0;
		break;
	}
}

/* A compound command's redirections hold for all that is in it. */
static void exec_redirected(const struct node *node, int flags)
{
	struct arena_mark mark = arena_mark(&temp_arena);
	struct redir_plan plan;

	if (redir_plan(node->redirs, &plan) && redir_apply_saving(&plan)) {
		exec_bare(node, flags);
	} else {
		sh.status = 1;
		check_failure(flags);
	}
	redir_undo(&plan);
	redir_finish(&plan);
	arena_release(&temp_arena, mark);
}

void exec_node(const struct node *node, int flags)
{
	if (node->redirs && node->kind != NODE_SIMPLE)
		exec_redirected(node, flags);
	else
		exec_bare(node, flags);
}

void exec_list(const struct node *list, int flags)
{
	const struct node *node = list;

	/* ^C may have come since the line was typed, and before a loop's next turn. */
	if (sh.interrupted)
		exec_check_signals();
	while (node && !sh.flow) {
		if (node->background)
			exec_background(node);
		else
			exec_node(node, node->next ? flags & ~EXEC_LAST : flags);
		if (sh.interrupted || traps_pending())
			exec_check_signals();
		node = node->next;
	}
}
