/* SPDX-License-Identifier: MIT */
/*
 * System calls that are cancellation points: sys_point() and sys_point_raw() are sys() and
 * sys_raw() (syscall.h) for calls that may block, and at which pthread_cancel() may end the thread.
 * How that is done without a gap between looking and sleeping is told in pthread/cancel.c.
 */
#ifndef LIBC_POINT_H
#define LIBC_POINT_H

#include "syscall.h"

/* Neither returns when the thread was cancelled before the call had an effect. */
#define sys_point(name, ...)     libc_syscall_result(sys_point_raw(name, ##__VA_ARGS__))
#define sys_point_raw(name, ...) sys_point_padded(libc_point, name, ##__VA_ARGS__)

/* For callers that have to tidy up: -ECANCELED for a cancelled thread, which ends with
 * point_cancelled(). */
#define sys_point_caught(name, ...) sys_point_padded(libc_point_caught, name, ##__VA_ARGS__)

#define sys_point_padded(function, name, ...) \
	sys_point_call(function, SYS_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define sys_point_call(function, number, a, b, c, d, e, f, ...) \
	function(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

long libc_point(long number, long a, long b, long c, long d, long e, long f);
long libc_point_caught(long number, long a, long b, long c, long d, long e, long f);

/* Ends the calling thread as cancelled. */
void point_cancelled(void) __attribute__((noreturn));

#endif
