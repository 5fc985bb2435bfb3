/* SPDX-License-Identifier: MIT */
/*
 * Calling a function at a time. Every CPU keeps its timeouts in a tree ordered by deadline, the
 * first of them cached; the CPU's one-shot timer is armed for the earlier of that and the end of
 * the slice.
 */
#ifndef SCHED_TIMEOUT_H
#define SCHED_TIMEOUT_H

#include "arch/clock.h"
#include "lib/tree.h"

struct timeout {
	/* [timeouts lock of `cpu`] */
	struct tree_node node;
	uint64_t deadline;
	bool armed;
	_Atomic unsigned cpu; /* whose tree it is or was in */
	/* const while armed */
	void (*fire)(
		struct timeout *timeout); /* in the timer interrupt, no lock held; must not sleep */
};

void timeout_init(struct timeout *timeout, void (*fire)(struct timeout *timeout));
/* Arms (again) for `deadline`, on this CPU. Must not be called for one that may be firing
 * meanwhile. Any context. */
void timeout_arm(struct timeout *timeout, uint64_t deadline);
/* Disarms; when it returns, `fire` is not running anywhere and will not. True: it had not fired.
 * Must not be called from `fire`, nor with a lock held that `fire` takes. */
bool timeout_cancel(struct timeout *timeout);

/* For sched: runs what is due on this CPU; the earliest deadline left (TIME_NEVER: none).
 * Interrupts off. */
uint64_t timeout_run_due(uint64_t now);
uint64_t timeout_next(void);
void timeout_init_cpus(void);

#endif
