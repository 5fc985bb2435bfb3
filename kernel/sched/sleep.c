/* SPDX-License-Identifier: MIT */
/* Sleeping and waking: sleep.h tells the protocol, sched_block() and sched_unblock() do the
 * switch. */
#include "sched/sleep.h"

#include "base/spinlock.h"
#include "lib/abi/errno.h"
#include "sched/sched.h"
#include "sched/timeout.h"

/* The work that ends a wait of each kind. A stop ends it too, so that the thread comes to the stop
 * point; the system call goes on after SIGCONT. */
static uint32_t work_that_ends(enum wait_kind kind)
{
	switch (kind) {
	case WAIT_UNINTERRUPTIBLE:
		return 0;
	case WAIT_KILLABLE:
		return WORK_KILL;
	case WAIT_INTERRUPTIBLE:
		return WORK_KILL | WORK_SIGNAL | WORK_STOP;
	}
	return 0;
}

bool wait_interrupted(enum wait_kind kind)
{
	return atomic_load(&current->work) & work_that_ends(kind);
}

void wait_init(struct wait *wait, enum wait_kind kind, const char *reason)
{
	wait->thread = current;
	wait->ended_by = work_that_ends(kind);
	wait->reason = reason;
	atomic_init(&wait->woken, false); /* nobody else knows it yet */
	atomic_init(&wait->expired, false);
}

/* A wait's deadline, on the sleeper's stack. */
struct wait_timeout {
	struct timeout timeout;
	struct wait *wait;
};

static void wait_expire(struct timeout *timeout)
{
	struct wait *wait = container_of(timeout, struct wait_timeout, timeout)->wait;

	atomic_store(&wait->expired, true);
	sched_unblock(wait->thread);
}

static void wait_until_over(struct wait *wait)
{
	do
		sched_block(wait);
	while (!wait_is_over(wait));
}

static void wait_until_over_or(struct wait *wait, uint64_t deadline)
{
	struct wait_timeout expiry = {.wait = wait};

	if (wait_is_over(wait))
		return;
	if (deadline <= clock_now()) {
		atomic_store(&wait->expired, true);
		return;
	}
	timeout_init(&expiry.timeout, wait_expire);
	timeout_arm(&expiry.timeout, deadline);
	wait_until_over(wait);
	timeout_cancel(&expiry.timeout);
}

int wait_block(struct wait *wait, uint64_t deadline)
{
	assert_may_sleep(wait->reason);
	ASSERT(wait->thread == current);
	if (deadline == TIME_NEVER)
		wait_until_over(wait);
	else
		wait_until_over_or(wait, deadline);

	if (atomic_load(&wait->woken))
		return 0;
	if (!(atomic_load(&current->work) & wait->ended_by))
		return -ETIMEDOUT;
	/* The signal may be gone by the time of the return to user mode (another thread took it):
	 * the result of the system call has to be looked at all the same. */
	atomic_fetch_or(&current->work, WORK_SIGNAL);
	return -EINTR;
}

void wait_wake(struct wait *wait)
{
	struct thread *thread = wait->thread;

	/* seq_cst: before the lock that sched_unblock() takes, see sleep.h */
	atomic_store(&wait->woken, true);
	sched_unblock(thread);
}

void thread_interrupt(struct thread *thread)
{
	sched_unblock(thread);
}

int sleep_until(uint64_t deadline, enum wait_kind kind, const char *reason)
{
	struct wait wait;

	wait_init(&wait, kind, reason);
	int rc = wait_block(&wait, deadline);
	return rc == -ETIMEDOUT ? 0 : rc;
}
