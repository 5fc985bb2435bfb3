/* SPDX-License-Identifier: MIT */
/*
 * posix_spawn(): a new process for a new program, without copying the parent.
 *
 * The child shares the parent's memory (CLONE_VM) while the parent is suspended (CLONE_VFORK), on
 * a stack of its own; it does what the attributes and file actions ask, and then exec replaces
 * its memory. Since it shares memory it can leave an error number where the parent finds it.
 *
 * A signal handler of the program must not run in the child, for it would change the parent's
 * data. So all signals are blocked from before the clone until the child has no handlers left.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own_signal.h"
#include "point.h"

#define CHILD_STACK_SIZE (64 << 10)

enum action_kind { ACTION_OPEN, ACTION_CLOSE, ACTION_DUP2, ACTION_CHDIR, ACTION_FCHDIR };

struct spawn_action {
	struct spawn_action *next;
	enum action_kind kind;
	int fd;
	int to;      /* ACTION_DUP2 */
	int flags;   /* ACTION_OPEN */
	mode_t mode; /* ACTION_OPEN */
	char path[]; /* ACTION_OPEN, ACTION_CHDIR */
};

/* What the child needs to know, and where it leaves its error. */
struct spawn_request {
	const char *path;
	char *const *argv;
	char *const *envp;
	const posix_spawn_file_actions_t *actions;
	const posix_spawnattr_t *attributes;
	int (*exec)(const char *path, char *const argv[], char *const envp[]);
	sigset_t old_mask;
	int error;
};

static int move_descriptor(int fd, int to)
{
	if (fd != to)
		return dup2(fd, to);
	/* Onto itself: it shall stay open across the exec. */
	return fcntl(fd, F_SETFD, 0);
}

static int open_onto(const struct spawn_action *action)
{
	int fd = open(action->path, action->flags, action->mode);

	if (fd < 0 || fd == action->fd)
		return fd;
	if (dup2(fd, action->fd) < 0)
		return -1;
	return close(fd);
}

static int do_action(const struct spawn_action *action)
{
	switch (action->kind) {
	case ACTION_OPEN:
		return open_onto(action);
	case ACTION_CLOSE:
		close(action->fd); /* closing what is not open is no error */
		return 0;
	case ACTION_DUP2:
		return move_descriptor(action->fd, action->to);
	case ACTION_CHDIR:
		return chdir(action->path);
	default:
		return fchdir(action->fd);
	}
}

/* Resets each signal that has a handler, or that the attributes name. */
static void reset_signals(sigset_t named)
{
	struct kernel_sigaction action;

	for (int number = 1; number < NSIG; number++) {
		if (sys_raw(rt_sigaction, number, NULL, &action, sizeof(sigset_t)) < 0)
			continue;
		if (action.handler == KERNEL_SIG_DFL)
			continue;
		if (action.handler == KERNEL_SIG_IGN && !(named & SIGSET_BIT(number)))
			continue;
		memset(&action, 0, sizeof(action));
		sys_raw(rt_sigaction, number, &action, NULL, sizeof(sigset_t));
	}
}

/* 0, or -1 with errno. */
static int prepare(const struct spawn_request *request)
{
	static const posix_spawnattr_t no_attributes;
	const posix_spawnattr_t *attributes = request->attributes ? request->attributes
								  : &no_attributes;
	sigset_t mask = request->old_mask;

	reset_signals(attributes->flags & POSIX_SPAWN_SETSIGDEF ? attributes->defaults : 0);
	if ((attributes->flags & POSIX_SPAWN_SETSID) && setsid() < 0)
		return -1;
	if ((attributes->flags & POSIX_SPAWN_SETPGROUP) && setpgid(0, attributes->group) < 0)
		return -1;
	if ((attributes->flags & POSIX_SPAWN_RESETIDS) &&
	    (setegid(getgid()) < 0 || seteuid(getuid()) < 0))
		return -1;
	if (request->actions) {
		for (struct spawn_action *action = request->actions->first; action;
		     action = action->next) {
			if (do_action(action) < 0)
				return -1;
		}
	}
	if (attributes->flags & POSIX_SPAWN_SETSIGMASK)
		mask = attributes->mask;
	return sigprocmask(SIG_SETMASK, &mask, NULL);
}

/* The child, on its own stack in the parent's memory. */
static int child(void *argument)
{
	struct spawn_request *request = argument;

	if (prepare(request) == 0)
		request->exec(request->path, request->argv, request->envp);
	request->error = errno;
	_exit(127);
}

static int spawn(pid_t *result, struct spawn_request *request)
{
	sigset_t all = ~(sigset_t)0;
	int saved_errno = errno;
	int cancel_state;
	char *stack;
	pid_t pid;

	stack = mmap(NULL, CHILD_STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	if (stack == MAP_FAILED)
		return ENOMEM;
	/* The child runs with this thread's block: it must not be cancelled in its place. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	sigprocmask(SIG_BLOCK, &all, &request->old_mask);
	pid = clone(child, stack + CHILD_STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, request,
		    NULL, NULL, NULL);
	if (pid < 0)
		request->error = errno;
	else if (request->error)
		waitpid(pid, NULL, 0);
	else if (result)
		*result = pid;
	sigprocmask(SIG_SETMASK, &request->old_mask, NULL);
	munmap(stack, CHILD_STACK_SIZE);
	pthread_setcancelstate(cancel_state, NULL);
	errno = saved_errno; /* the child changed it */
	return request->error;
}

int posix_spawn(pid_t *restrict pid, const char *restrict path,
		const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *restrict attributes, char *const argv[restrict],
		char *const envp[restrict])
{
	struct spawn_request request = {
		.path = path,
		.argv = argv,
		.envp = envp,
		.actions = actions,
		.attributes = attributes,
		.exec = execve,
	};

	return spawn(pid, &request);
}

int posix_spawnp(pid_t *restrict pid, const char *restrict file,
		 const posix_spawn_file_actions_t *actions,
		 const posix_spawnattr_t *restrict attributes, char *const argv[restrict],
		 char *const envp[restrict])
{
	struct spawn_request request = {
		.path = file,
		.argv = argv,
		.envp = envp,
		.actions = actions,
		.attributes = attributes,
		.exec = execvpe,
	};

	return spawn(pid, &request);
}

int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions)
{
	actions->first = actions->last = NULL;
	return 0;
}

int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
{
	struct spawn_action *next;

	for (struct spawn_action *action = actions->first; action; action = next) {
		next = action->next;
		free(action);
	}
	return posix_spawn_file_actions_init(actions);
}

/* Appends a copy of `values` with `path`; 0 or an error number. */
static int add_action(posix_spawn_file_actions_t *actions, const struct spawn_action *values,
		      const char *path)
{
	struct spawn_action *action = malloc(sizeof(*action) + strlen(path) + 1);

	if (!action)
		return ENOMEM;
	memcpy(action, values, sizeof(*action));
	strcpy(action->path, path);
	action->next = NULL;
	if (actions->last)
		actions->last->next = action;
	else
		actions->first = action;
	actions->last = action;
	return 0;
}

int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *restrict actions, int fd,
				     const char *restrict path, int flags, mode_t mode)
{
	struct spawn_action action = {
		.kind = ACTION_OPEN,
		.fd = fd,
		.flags = flags,
		.mode = mode,
	};

	return fd < 0 ? EBADF : add_action(actions, &action, path);
}

int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions, int fd)
{
	struct spawn_action action = {.kind = ACTION_CLOSE, .fd = fd};

	return fd < 0 ? EBADF : add_action(actions, &action, "");
}

int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int to)
{
	struct spawn_action action = {.kind = ACTION_DUP2, .fd = fd, .to = to};

	return fd < 0 || to < 0 ? EBADF : add_action(actions, &action, "");
}

int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *restrict actions,
					 const char *restrict path)
{
	struct spawn_action action = {.kind = ACTION_CHDIR};

	return add_action(actions, &action, path);
}

int posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t *actions, int fd)
{
	struct spawn_action action = {.kind = ACTION_FCHDIR, .fd = fd};

	return fd < 0 ? EBADF : add_action(actions, &action, "");
}

int posix_spawnattr_init(posix_spawnattr_t *attributes)
{
	memset(attributes, 0, sizeof(*attributes));
	return 0;
}

int posix_spawnattr_destroy(posix_spawnattr_t *attributes)
{
	return posix_spawnattr_init(attributes);
}

int posix_spawnattr_setflags(posix_spawnattr_t *attributes, short flags)
{
	/* There are no scheduling parameters to set; the rest must be known. */
	const int supported = POSIX_SPAWN_RESETIDS | POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
			      POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_USEVFORK | POSIX_SPAWN_SETSID;

	if (flags & ~supported)
		return EINVAL;
	attributes->flags = flags;
	return 0;
}

int posix_spawnattr_getflags(const posix_spawnattr_t *restrict attributes, short *restrict flags)
{
	*flags = attributes->flags;
	return 0;
}

int posix_spawnattr_setpgroup(posix_spawnattr_t *attributes, pid_t group)
{
	attributes->group = group;
	return 0;
}

int posix_spawnattr_getpgroup(const posix_spawnattr_t *restrict attributes, pid_t *restrict group)
{
	*group = attributes->group;
	return 0;
}

int posix_spawnattr_setsigdefault(posix_spawnattr_t *restrict attributes,
				  const kernel_sigset_t *restrict signals)
{
	attributes->defaults = *signals;
	return 0;
}

int posix_spawnattr_getsigdefault(const posix_spawnattr_t *restrict attributes,
				  kernel_sigset_t *restrict signals)
{
	*signals = attributes->defaults;
	return 0;
}

int posix_spawnattr_setsigmask(posix_spawnattr_t *restrict attributes,
			       const kernel_sigset_t *restrict mask)
{
	attributes->mask = *mask;
	return 0;
}

int posix_spawnattr_getsigmask(const posix_spawnattr_t *restrict attributes,
			       kernel_sigset_t *restrict mask)
{
	*mask = attributes->mask;
	return 0;
}

/* What the caller's signals were before system(). */
struct old_signals {
	struct sigaction interrupt, quit;
	sigset_t mask;
};

/* ^C and ^\ are left to the command; a handler of SIGCHLD shall not wait for it in our place. */
static void set_signals_aside(struct old_signals *old)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	const sigset_t child = SIGSET_BIT(SIGCHLD);

	sigaction(SIGINT, &ignore, &old->interrupt);
	sigaction(SIGQUIT, &ignore, &old->quit);
	own_signal_mask(SIG_BLOCK, &child, &old->mask);
}

static void set_signals_back(const struct old_signals *old)
{
	sigaction(SIGINT, &old->interrupt, NULL);
	sigaction(SIGQUIT, &old->quit, NULL);
	own_signal_mask(SIG_SETMASK, &old->mask, NULL);
}

/* The status of the child; -1 with errno. A cancelled thread takes the command with it. */
static int wait_for_command(pid_t pid, const struct old_signals *old)
{
	int status = -1;
	long result;

	do
		result = sys_point_caught(wait4, pid, &status, 0, NULL);
	while (result == -EINTR);
	if (result == -ECANCELED) {
		kill(pid, SIGKILL);
		while (sys_raw(wait4, pid, NULL, 0, NULL) == -EINTR)
			;
		set_signals_back(old);
		point_cancelled();
	}
	return sys_result(result) < 0 ? -1 : status;
}

int system(const char *command)
{
	char *const argv[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
	posix_spawnattr_t attributes = {.flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK};
	struct old_signals old;
	int status = -1;
	int error;
	pid_t pid;

	if (!command)
		return access("/bin/sh", X_OK) == 0;
	set_signals_aside(&old);
	attributes.mask = old.mask;
	if (old.interrupt.sa_handler != SIG_IGN)
		attributes.defaults |= SIGSET_BIT(SIGINT);
	if (old.quit.sa_handler != SIG_IGN)
		attributes.defaults |= SIGSET_BIT(SIGQUIT);
	error = posix_spawn(&pid, "/bin/sh", NULL, &attributes, argv, environ);
	if (error)
		errno = error;
	else
		status = wait_for_command(pid, &old);
	set_signals_back(&old);
	return status;
}
