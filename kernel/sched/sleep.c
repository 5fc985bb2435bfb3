/* SPDX-License-Identifier: MIT */
/* Sleeping and waking: sleep.h tells the protocol, sched_block() and sched_unblock() do the
 * switch. */
#include "sched/sleep.h"

#include "base/spinlock.h"
#include "lib/abi/errno.h"
#include "sched/sched.h"
#include "sched/timeout.h"

bool wait_interrupted(enum wait_kind kind)
{
	return atomic_load(&current->work) & kind;
}

/* A wait's deadline, on the sleeper's stack. */
struct wait_timeout {
	struct timeout timeout;
	struct wait *wait;
};

/* Being woken wins. */
static void expire(struct wait *wait)
{
	enum wait_end goes_on = WAIT_GOES_ON;

	atomic_compare_exchange_strong(&wait->end, &goes_on, WAIT_EXPIRED);
}

static void wait_expire(struct timeout *timeout)
{
	struct wait *wait = container_of(timeout, struct wait_timeout, timeout)->wait;

	expire(wait);
	sched_unblock(wait->thread);
}

/* Until it is over: as wait_block_irqs_off(). */
static __attribute__((noinline)) int sleep_on(struct wait *wait)
{
	for (;;) {
		sched_block(wait);
		if (wait_is_over(wait, current))
			break;
		irq_disable();
	}
	if (atomic_load(&wait->end) == WAIT_WOKEN)
		return 0;
	if (!(atomic_load(&current->work) & wait->ended_by))
		return -ETIMEDOUT;
	/* The signal may be gone by the time of the return to user mode (another thread took it):
	 * the result of the system call has to be looked at all the same. */
	atomic_fetch_or(&current->work, WORK_SIGNAL);
	return -EINTR;
}

/* The same without a deadline: mostly one sleep, and it was woken. That is in line where somebody
 * waits, and so without a loop or anything else that needs registers across the sleep. */
static inline int sleep_until_woken(struct wait *wait)
{
	sched_block(wait);
	if (__builtin_expect(atomic_load(&wait->end) == WAIT_WOKEN, 1))
		return 0;
	irq_disable();
	return sleep_on(wait);
}

static __attribute__((noinline)) int sleep_until_irqs_off(struct wait *wait, uint64_t deadline)
{
	struct wait_timeout expiry = {.wait = wait};

	if (deadline <= clock_now())
		expire(wait);
	if (wait_is_over(wait, current))
		return sleep_on(wait); /* not for long */
	timeout_init(&expiry.timeout, wait_expire);
	timeout_arm(&expiry.timeout, deadline);
	int rc = sleep_on(wait);
	timeout_cancel(&expiry.timeout);
	return rc;
}

int wait_block_irqs_off(struct wait *wait, uint64_t deadline)
{
	ASSERT(wait->thread == current && preempt_count() == 0);
	spin_assert_none_held(wait->reason);
	if (deadline == TIME_NEVER)
		return sleep_until_woken(wait);
	return sleep_until_irqs_off(wait, deadline);
}

int wait_block(struct wait *wait, uint64_t deadline)
{
	assert_may_sleep(wait->reason);
	irq_disable();
	return wait_block_irqs_off(wait, deadline);
}

void wait_wake(struct wait *wait)
{
	uint64_t flags = irq_save();

	wait_wake_irqs_off(wait);
	irq_restore(flags);
}

void wait_for_waker(const struct wait *wait)
{
	while (atomic_load(&wait->end) != WAIT_WOKEN)
		cpu_relax();
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
