/* SPDX-License-Identifier: MIT */
/*
 * Futexes: a thread sleeps until another changes a word of memory that both can see and says so.
 * Waiters hang in hashed buckets by the memory behind the address, not by the address.
 *
 * `shared`: other processes may wait on the same memory under another address. Thread context, may
 * sleep. All: -EINVAL for an address that is not aligned, -EFAULT.
 */
#ifndef PROC_FUTEX_H
#define PROC_FUTEX_H

#include "vm/aspace.h"

void futex_init(void);
/* -EAGAIN when *address != expected; -EINTR, -ETIMEDOUT. */
int must_check futex_wait(user_addr_t address, bool shared, uint32_t expected, uint32_t bitset,
			  uint64_t deadline);
/* How many were woken; `count` is at least 1. */
long must_check futex_wake(user_addr_t address, bool shared, unsigned count, uint32_t bitset);
/* Wakes `wake`, moves up to `move` to the other address; how many in all. With `compare`: only
 * while *from == *compare, else -EAGAIN. */
long must_check futex_requeue(user_addr_t from, user_addr_t to, bool shared, unsigned wake,
			      unsigned move, const uint32_t *compare);
/* FUTEX_WAKE_OP: changes *second as `operation` says, wakes up to `wake` at `first`, and if the old
 * value of *second compares as it says, up to `wake_second` there; how many in all. -ENOSYS: an
 * operation or comparison that there is not. */
long must_check futex_wake_op(user_addr_t first, user_addr_t second, bool shared, unsigned wake,
			      unsigned wake_second, uint32_t operation);
/* The current thread ends: the locks on its robust list are marked as left by a dead owner, and a
 * waiter of each is woken. */
void futex_leave_robust_list(void);

#endif
