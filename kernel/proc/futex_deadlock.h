/* SPDX-License-Identifier: MIT */
/*
 * Deadlocks among the locks of a user program, told on the console: the program hangs on, as it
 * would anywhere. Known are locks whose word holds the number of the owner's thread and
 * FUTEX_WAITERS, as the mutexes of our C library and all robust ones do; in private memory.
 */
#ifndef PROC_FUTEX_DEADLOCK_H
#define PROC_FUTEX_DEADLOCK_H

#include "arch/types.h"

/* The current thread is about to sleep, for ever, because the word at `address` has `value`; it is
 * in the futex's queue already. Prints the cycle if that closes one. May sleep. */
void futex_deadlock_check(user_addr_t address, uint32_t value);
/* It does not sleep any more. */
void futex_deadlock_leave(void);

#endif
