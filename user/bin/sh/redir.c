/* SPDX-License-Identifier: MIT */
/* Planning, applying and undoing redirections: see redir.h. */
#define _GNU_SOURCE /* for pipe2 */
#include "redir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "expand.h"
#include "shell.h"

#define PIPE_SIZE 4096 /* what certainly fits into a pipe that nobody reads yet */

/* ---- planning ---- */

static bool plan_dup(const struct redir *redir, struct redir_action *action)
{
	const char *target = expand_string(redir->target);

	if (sh.flow)
		return false;
	if (!strcmp(target, "-")) {
		action->source = -1;
		return true;
	}
	if (*target < '0' || *target > '9' || target[1]) {
		shell_error("%s: not a descriptor's number", target);
		return false;
	}
	action->source = *target - '0';
	return true;
}

/* A file without a name that holds the text, to be read from its start; -errno on failure. */
static int temporary_file(const char *text, size_t length)
{
	static int counter;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/sh.%ld.%d", (long)getpid(), counter++);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	unlink(path);
	while (length) {
		ssize_t written = write(fd, text, length);

		if (written < 0) {
			int error = errno;

			close(fd);
			return -error;
		}
		text += written;
		length -= (size_t)written;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int pipe_with(const char *text, size_t length)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	(void)!write(fds[1], text, length);
	close(fds[1]);
	return fds[0];
}

static bool plan_here(const struct redir *redir, struct redir_action *action)
{
	const char *text = expand_string(redir->target);
	size_t length = strlen(text);

	if (sh.flow)
		return false;
	/* Out of the way: copied onto itself it would stay close-on-exec. */
	action->source = shell_move_fd(length <= PIPE_SIZE ? pipe_with(text, length)
							   : temporary_file(text, length));
	if (action->source >= 0)
		return true;
	shell_error("here-document: %s", strerror(-action->source));
	return false;
}

bool redir_plan(const struct redir *redirs, struct redir_plan *plan)
{
	int count = 0;

	*plan = (struct redir_plan){0};
	for (const struct redir *redir = redirs; redir; redir = redir->next)
		count++;
	if (!count)
		return true;
	plan->actions = arena_alloc(&temp_arena, (size_t)count * sizeof(*plan->actions));
	for (const struct redir *redir = redirs; redir; redir = redir->next) {
		struct redir_action *action = &plan->actions[plan->count];
		bool ok = true;

		*action = (struct redir_action){.kind = redir->kind, .fd = redir->fd, .source = -1};
		if (redir->kind == REDIR_HERE)
			ok = plan_here(redir, action);
		else if (redir->kind == REDIR_DUP)
			ok = plan_dup(redir, action);
		else
			action->path = expand_string(redir->target);
		if (!ok || sh.flow) {
			redir_finish(plan);
			return false;
		}
		plan->count++;
	}
	return true;
}

/* ---- applying ---- */

static void save_descriptor(struct redir_plan *plan, int fd)
{
	struct redir_saved *saved;

	for (int i = 0; i < plan->saved_count; i++)
		if (plan->saved[i].fd == fd)
			return;
	saved = &plan->saved[plan->saved_count++];
	saved->fd = fd;
	saved->copy = fcntl(fd, F_DUPFD_CLOEXEC, 10);
}

static int open_target(const struct redir_action *action)
{
	static const int flags[] = {
		[REDIR_READ] = O_RDONLY,
		[REDIR_WRITE] = O_WRONLY | O_CREAT | O_TRUNC,
		[REDIR_APPEND] = O_WRONLY | O_CREAT | O_APPEND,
		[REDIR_READWRITE] = O_RDWR | O_CREAT,
	};
	int fd;

	do
		fd = open(action->path, flags[action->kind], 0666);
	while (fd < 0 && errno == EINTR && !sh.interrupted);
	return fd;
}

static bool apply_action(const struct redir_action *action)
{
	int fd;

	if (action->kind == REDIR_DUP || action->kind == REDIR_HERE) {
		if (action->source < 0) {
			close(action->fd);
			return true;
		}
		if (dup2(action->source, action->fd) < 0) {
			shell_error("%d: %s", action->source, strerror(errno));
			return false;
		}
		return true;
	}
	fd = open_target(action);
	if (fd < 0) {
		shell_error("%s: %s", action->path, strerror(errno));
		return false;
	}
	if (fd == action->fd)
		return true;
	if (dup2(fd, action->fd) < 0) {
		shell_error("%d: %s", action->fd, strerror(errno));
		close(fd);
		return false;
	}
	close(fd);
	return true;
}

bool redir_apply(struct redir_plan *plan)
{
	for (int i = 0; i < plan->count; i++) {
		if (plan->saved)
			save_descriptor(plan, plan->actions[i].fd);
		if (!apply_action(&plan->actions[i]))
			return false;
	}
	return true;
}

bool redir_apply_saving(struct redir_plan *plan)
{
	if (!plan->count)
		return true;
	plan->saved = arena_alloc(&temp_arena, (size_t)plan->count * sizeof(*plan->saved));
	return redir_apply(plan);
}

void redir_undo(struct redir_plan *plan)
{
	while (plan->saved_count > 0) {
		struct redir_saved *saved = &plan->saved[--plan->saved_count];

		if (saved->copy < 0) {
			close(saved->fd);
		} else {
			dup2(saved->copy, saved->fd);
			close(saved->copy);
		}
	}
}

void redir_keep(struct redir_plan *plan)
{
	while (plan->saved_count > 0) {
		struct redir_saved *saved = &plan->saved[--plan->saved_count];

		if (saved->copy >= 0)
			close(saved->copy);
	}
}

void redir_finish(struct redir_plan *plan)
{
	for (int i = 0; i < plan->count; i++)
		if (plan->actions[i].kind == REDIR_HERE && plan->actions[i].source >= 0)
			close(plan->actions[i].source);
	plan->count = 0;
}
