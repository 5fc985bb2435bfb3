/* SPDX-License-Identifier: MIT */
/*
 * The terminal changes hands while somebody looks whose it is. The sessions are this test's, and a
 * question that the terminal asks about its caller is the moment in which others take it.
 */
#include "arch/usercopy.h"
#include "base/ktest.h"
#include "dev/tty_session.h"
#include "dev/tty_state.h"
#include "fs/inode.h"
#include "lib/abi/errno.h"
#include "sched/sched.h"
#include "vm/aspace.h"

#define OURS   1000 /* sessions, each with one group of the same number */
#define OTHERS 2000

static pid_t caller; /* of the call that is under way */
static enum moment { NEVER, WHEN_ASKED_FOR_SESSION, WHEN_ASKED_FOR_GROUP } others_come;

static long call(pid_t session, unsigned command, uint64_t argument)
{
	struct inode inode = {.rdev = TTY_CONSOLE};
	struct file file = {.inode = &inode};
	pid_t before = caller;

	caller = session;
	long rc = tty_ioctl(&file, command, user_addr(argument));
	caller = before;
	return rc;
}

/* ---- What the terminal asks ---- */

static void pass(enum moment moment)
{
	if (others_come != moment)
		return;
	others_come = NEVER;
	KTEST_EQUAL(call(OTHERS, TIOCSCTTY, true), 0);
}

static pid_t session_of_caller(void)
{
	pass(WHEN_ASKED_FOR_SESSION);
	return caller;
}

static pid_t group_of_caller(void)
{
	return caller;
}

static bool caller_leads(void)
{
	return true;
}

static bool group_is_in_session(pid_t group, pid_t session)
{
	pass(WHEN_ASKED_FOR_GROUP);
	return group == session;
}

static bool find_group(pid_t group, int signal)
{
	return true;
}

static bool caller_ignores(int signal)
{
	return true;
}

static bool never_orphaned(void)
{
	return false;
}

static const struct session_ops two_sessions = {
	.signal_group = find_group,
	.current_group = group_of_caller,
	.current_session = session_of_caller,
	.current_is_leader = caller_leads,
	.group_in_session = group_is_in_session,
	.current_ignores = caller_ignores,
	.current_group_orphaned = never_orphaned,
};

/* ---- What must come of it ---- */

static void check_others_have_it(void)
{
	KTEST_EQUAL(others_come, NEVER);
	KTEST_EQUAL(tty.session, OTHERS);
	KTEST_EQUAL(tty.foreground, OTHERS);
	KTEST_EQUAL(call(OTHERS, TIOCNOTTY, 0), 0);
	KTEST_EQUAL(tty.session, 0);
}

KTEST(tty_is_taken_while_its_opener_looks)
{
	tty_set_session_ops(&two_sessions);
	others_come = WHEN_ASKED_FOR_SESSION;
	caller = OURS;
	tty_take_control();
	caller = 0;
	check_others_have_it();
	tty_session_init();
}

KTEST(tty_is_taken_while_another_asks_for_it)
{
	tty_set_session_ops(&two_sessions);
	others_come = WHEN_ASKED_FOR_SESSION;
	KTEST_EQUAL(call(OURS, TIOCSCTTY, false), -EPERM);
	check_others_have_it();
	/* Who may steal it does. */
	others_come = WHEN_ASKED_FOR_SESSION;
	KTEST_EQUAL(call(OURS, TIOCSCTTY, true), 0);
	KTEST_EQUAL(tty.session, OURS);
	KTEST_EQUAL(call(OURS, TIOCNOTTY, 0), 0);
	tty_session_init();
}

/* The address of a page with this number in it, in an address space that is the caller's now. */
static uint64_t user_page_with(struct aspace *aspace, pid_t number)
{
	struct map_request request = {.length = PAGE_SIZE, .flags = REGION_READ | REGION_WRITE};
	long at = aspace_map(aspace, &request);

	KTEST_CHECK(at > 0);
	sched_set_page_table(&aspace->table);
	KTEST_EQUAL(aspace_fault(aspace, (vaddr_t)at, PAGE_WRITE), FAULT_DONE);
	KTEST_EQUAL(arch_copy_to_user((vaddr_t)at, &number, sizeof(number)), 0);
	return (uint64_t)at;
}

KTEST(tty_is_taken_while_its_foreground_changes)
{
	struct aspace *aspace = aspace_create();
	uint64_t group = user_page_with(aspace, OURS);

	tty_set_session_ops(&two_sessions);
	KTEST_EQUAL(call(OURS, TIOCSCTTY, false), 0);
	KTEST_EQUAL(call(OURS, TIOCSPGRP, group), 0);
	KTEST_EQUAL(tty.foreground, OURS);
	others_come = WHEN_ASKED_FOR_GROUP;
	KTEST_EQUAL(call(OURS, TIOCSPGRP, group), -ENOTTY);
	check_others_have_it();
	tty_session_init();
	sched_set_page_table(NULL);
	aspace_put(aspace);
}
