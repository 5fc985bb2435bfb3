/* SPDX-License-Identifier: MIT */
/*
 * Futexes: a thread sleeps until another changes a word of memory that both can see and says so. Waiters
 * hang in hashed buckets by the memory behind the address, not by the address.
 */
#ifndef PROC_FUTEX_H
#define PROC_FUTEX_H

#include "vm/aspace.h"

void futex_init(void);
/* -EAGAIN when *address != expected; -EINTR, -ETIMEDOUT, -EFAULT, -EINVAL (not aligned). */
int must_check futex_wait(user_addr_t address, bool shared, uint32_t expected, uint32_t bitset,
                          uint64_t deadline);
/* How many were woken. */
long must_check futex_wake(user_addr_t address, bool shared, unsigned count, uint32_t bitset);
/* Wakes `wake`, moves up to `move` to the other address. With `compare`: only while *from == *compare, else -EAGAIN. */
long must_check futex_requeue(user_addr_t from, user_addr_t to, bool shared, unsigned wake,
                              unsigned move, const uint32_t *compare);

#endif
