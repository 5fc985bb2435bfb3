/* SPDX-License-Identifier: MIT */
/* Signal dispositions and traps: see traps.h. */
#define _GNU_SOURCE /* for ppoll */
#include "traps.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../signames.h"
#include "mem.h"
#include "shell.h"

#define SIGNALS 65

static char *actions[SIGNALS]; /* "" ignores; NULL: no trap */
static volatile sig_atomic_t pending[SIGNALS];
static volatile sig_atomic_t any_pending;

/* Bit n: the shell has set a disposition of its own for signal n. */
static unsigned long changed;

static bool has_action(int sig)
{
	return actions[sig] && *actions[sig];
}

static void on_signal(int sig)
{
	if (sig == SIGINT && !actions[SIGINT]) {
		sh.interrupted = 1;
		return;
	}
	if (sig == SIGTSTP && !actions[SIGTSTP]) {
		sh.suspended = 1;
		return;
	}
	if (sig == SIGCHLD && !has_action(sig))
		return; /* to wake who sleeps, see signals_await() */
	pending[sig] = 1;
	any_pending = 1;
}

static void set_signal(int sig, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	sigaction(sig, &action, NULL);
	if (handler == SIG_DFL)
		changed &= ~(1ul << sig);
	else
		changed |= 1ul << sig;
}

/* What the shell does with a signal for which there is no trap. */
static void set_untrapped(int sig)
{
	if ((sh.interactive && sig == SIGINT) || (sh.job_control && sig == SIGTSTP))
		set_signal(sig, on_signal);
	else if (sh.interactive && (sig == SIGQUIT || sig == SIGTERM))
		set_signal(sig, SIG_IGN);
	else if (sh.job_control && (sig == SIGTTIN || sig == SIGTTOU))
		set_signal(sig, SIG_IGN);
	else if (changed & (1ul << sig))
		set_signal(sig, SIG_DFL);
}

void signals_init(void)
{
	/* Were it ignored, nobody would be told how a child ended. */
	set_signal(SIGCHLD, SIG_DFL);
}

void signals_init_interactive(void)
{
	static const int own[] = {SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		set_untrapped(own[i]);
}

void signals_restore(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	for (int sig = 1; changed && sig < SIGNALS - 1; sig++) {
		bool ignored = actions[sig] && !*actions[sig];

		if ((changed & (1ul << sig)) && !ignored)
			sigaction(sig, &action, NULL);
	}
}

void signals_ignore_keyboard(void)
{
	struct sigaction action = {.sa_handler = SIG_IGN};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
}

void signals_ignore_stop(void)
{
	struct sigaction action = {.sa_handler = SIG_IGN};

	sigaction(SIGTSTP, &action, NULL);
	sigaction(SIGTTIN, &action, NULL);
	sigaction(SIGTTOU, &action, NULL);
}

void traps_clear(void)
{
	for (int sig = 0; sig < SIGNALS; sig++) {
		if (has_action(sig)) {
			free(actions[sig]);
			actions[sig] = NULL;
		}
		pending[sig] = 0;
	}
	any_pending = 0;
	changed = 0;
}

void signals_block(sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, old);
}

void signals_await(sigset_t *old)
{
	signals_block(old);
	sigdelset(old, SIGCHLD);
	if (!has_action(SIGCHLD))
		set_signal(SIGCHLD, on_signal);
}

void signals_await_no_more(const sigset_t *old)
{
	if (!has_action(SIGCHLD))
		set_signal(SIGCHLD, SIG_DFL);
	signals_unblock(old);
}

bool signals_await_input(int fd)
{
	struct pollfd poll = {.fd = fd, .events = POLLIN};
	sigset_t old;

	if (!sh.interactive)
		return true; /* nothing sets sh.interrupted */
	signals_block(&old);
	while (!sh.interrupted && ppoll(&poll, 1, NULL, &old) < 0 && errno == EINTR)
		;
	signals_unblock(&old);
	return !sh.interrupted;
}

void signals_postpone_stop(void)
{
	sigset_t pending_now;
	void (*handler)(int);

	if (sigpending(&pending_now) || !sigismember(&pending_now, SIGTSTP))
		return;
	handler = signal(SIGTSTP, SIG_IGN); /* which makes it pending no longer */
	signal(SIGTSTP, handler);
	sh.suspended = sh.job_control;
}

void signals_unblock(const sigset_t *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}

bool traps_pending(void)
{
	return any_pending;
}

bool traps_any(void)
{
	for (int sig = 0; sig < SIGNALS; sig++)
		if (actions[sig])
			return true;
	return false;
}

/* Runs an action; what it does to $? is not seen by the command after it. */
static void run_action(int sig)
{
	char *action = mem_strdup(actions[sig]); /* it may change itself */
	int status = sh.status;

	shell_run_string(action);
	if (!sh.flow)
		sh.status = status;
	free(action);
}

void traps_run(void)
{
	any_pending = 0;
	for (int sig = 1; sig < SIGNALS; sig++) {
		if (!pending[sig])
			continue;
		if (sh.flow) {
			any_pending = 1; /* left for later */
			break;
		}
		pending[sig] = 0;
		if (actions[sig])
			run_action(sig);
	}
}

void traps_run_exit(void)
{
	enum flow flow = sh.flow;
	int status = sh.status;

	if (!actions[TRAP_EXIT])
		return;
	sh.flow = FLOW_NONE;
	run_action(TRAP_EXIT);
	/* `exit N` in the action sets the status, anything else leaves it. */
	if (sh.flow != FLOW_EXIT)
		sh.status = status;
	sh.flow = flow;
	free(actions[TRAP_EXIT]);
	actions[TRAP_EXIT] = NULL;
}

/* ---- the builtin ---- */

static int trap_number(const char *name)
{
	if (!strcmp(name, "EXIT") || !strcmp(name, "0"))
		return TRAP_EXIT;
	return signal_number(name);
}

static void set_trap(int sig, const char *action)
{
	free(actions[sig]);
	actions[sig] = action ? mem_strdup(action) : NULL;
	if (sig == TRAP_EXIT)
		return;
	if (!action || (!*action && sig == SIGCHLD)) /* see signals_init() */
		set_untrapped(sig);
	else
		set_signal(sig, *action ? on_signal : SIG_IGN);
}

static void list_traps(void)
{
	for (int sig = 0; sig < SIGNALS; sig++)
		if (actions[sig])
			printf("trap -- '%s' %s\n", actions[sig],
			       sig == TRAP_EXIT ? "EXIT" : signal_name(sig));
}

int builtin_trap(int argc, char **argv)
{
	const char *action = NULL;
	int first = 1;
	int status = 0;

	if (argc > first && !strcmp(argv[first], "--"))
		first++;
	if (argc == first) {
		list_traps();
		return 0;
	}
	/* `trap - INT` and `trap INT` both take the trap away. */
	if (argc - first > 1 || trap_number(argv[first]) < 0) {
		if (strcmp(argv[first], "-"))
			action = argv[first];
		first++;
	}
	for (; first < argc; first++) {
		int sig = trap_number(argv[first]);

		if (sig < 0 || sig == SIGKILL || sig == SIGSTOP) {
			shell_error("trap: %s: not a signal that can be trapped", argv[first]);
			status = 1;
		} else {
			set_trap(sig, action);
		}
	}
	return status;
}
