/* SPDX-License-Identifier: MIT */
/*
 * Deadlocks among the locks of a user program, told on the console: the program hangs on, as it
 * would anywhere. Known are locks whose word holds the number of the owner's thread and
 * FUTEX_WAITERS, as the mutexes of our C library and all robust ones do; in private memory.
 */
#ifndef PROC_FUTEX_DEADLOCK_H
#define PROC_FUTEX_DEADLOCK_H

#include "lib/abi/futex.h"
#include "sched/sleep.h"

/* The value of a futex could be that of such a lock, which somebody holds. */
static inline bool futex_may_be_lock(uint32_t value)
{
	return (value & FUTEX_WAITERS) && (value & FUTEX_TID_MASK);
}

/* wait_block() without a deadline, because the word at `address` has that value; the current thread
 * is in the futex's queue already. Prints the cycle if this closes one. */
int must_check futex_deadlock_block(struct wait *wait, user_addr_t address);

#endif
