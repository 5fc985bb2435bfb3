/* SPDX-License-Identifier: MIT */
#include "dev/tty_session.h"

#include "dev/tty.h"
#include "proc/session.h"
#include "proc/signal.h"

static void send(struct process *member, void *info)
{
	signal_send_process(member, info);
}

static void count_only(struct process *member, void *unused)
{
	(void)member;
	(void)unused;
}

static bool signal_group(pid_t group, int signal)
{
	siginfo_t info;

	if (signal == 0)
		return group_for_each(group, count_only, NULL) > 0;
	siginfo_init(&info, signal, SI_KERNEL);
	return group_for_each(group, send, &info) > 0;
}

static const struct session_ops session_ops = {
	.signal_group = signal_group,
	.current_group = current_group,
	.current_session = current_session,
	.current_is_leader = current_is_leader,
	.group_in_session = group_in_session,
	.current_ignores = signal_is_ignored_or_blocked,
	.current_group_orphaned = current_group_is_orphaned,
};

static const struct terminal_ops terminal_ops = {
	.session_ended = tty_session_ended,
	.of_session = tty_of_session,
};

void tty_session_init(void)
{
	tty_set_session_ops(&session_ops);
	session_set_terminal_ops(&terminal_ops);
}
