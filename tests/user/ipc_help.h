/* SPDX-License-Identifier: MIT */
/*
 * For the tests of sockets, queues and FIFOs: a blocking call in a child that is seen asleep, and
 * then woken by a signal, killed, or served; and small helpers that all of them need.
 */
#ifndef TESTS_USER_IPC_HELP_H
#define TESTS_USER_IPC_HELP_H

#include "check.h"

#include <poll.h>

/* What poll says at once. */
UNUSED static int ipc_poll(int fd, int events)
{
	struct pollfd p = {fd, events, 0};

	CHECK_RANGE(poll(&p, 1, 0), 0, 1);
	return p.revents;
}

UNUSED static void ipc_nonblock(int fd)
{
	CHECK_OK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK));
}

static volatile sig_atomic_t ipc_signals;

UNUSED static void ipc_on_signal(int sig, siginfo_t *info, void *context)
{
	ipc_signals++;
}

/* Runs `call` in a child, whose SIGUSR1 has `flags`, and waits until it sleeps. */
UNUSED static pid_t ipc_start(void (*call)(void), int flags)
{
	pid_t pid = fork();

	if (pid == 0) {
		check_failures = 0;
		check_handler(SIGUSR1, ipc_on_signal, flags);
		call();
		_exit(check_failures ? 200 : 0);
	}
	check_await_asleep(pid);
	return pid;
}

/*
 * A call that blocks is ended by SIGKILL, gives EINTR to a handler without SA_RESTART, and with it
 * goes on: `serve` (NULL: it cannot be) then lets it come to its end. `when_restarted`: the exit
 * status after a handler with SA_RESTART, 0 or EINTR.
 */
UNUSED static void ipc_check_blocking(const char *name, void (*call)(void), void (*serve)(void),
				      int when_restarted)
{
	int before = check_failures;
	pid_t pid = ipc_start(call, 0);

	kill(pid, SIGKILL);
	CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
	pid = ipc_start(call, 0);
	kill(pid, SIGUSR1);
	CHECK_EXITED(check_wait(pid, 5000), EINTR);
	pid = ipc_start(call, SA_RESTART);
	kill(pid, SIGUSR1);
	if (when_restarted == 0) {
		check_await_asleep(pid);
		if (serve)
			serve();
		else
			kill(pid, SIGKILL);
	}
	if (serve || when_restarted)
		CHECK_EXITED(check_wait(pid, 5000), when_restarted);
	else
		CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
	if (check_failures != before)
		check_fail(__FILE__, __LINE__, "in %s", name);
}

#endif
