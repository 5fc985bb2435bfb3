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
#define sys_point(name, ...) sys_result(sys_point_raw(name, ##__VA_ARGS__))
#define sys_point_raw(name, ...) \
	point_result(libc_point_failed, SYS_##name, point_call(SYS_##name, ##__VA_ARGS__))

/* For callers that have to tidy up: -ECANCELED for a cancelled thread, which ends with
 * point_cancelled(). */
#define sys_point_caught(name, ...) \
	point_result(libc_point_failed_caught, SYS_##name, point_call(SYS_##name, ##__VA_ARGS__))

/* The call for as many arguments as there are, filled up with zeros. */
#define point_call(number, ...)                                                                  \
	sys_pick_point(0, ##__VA_ARGS__, 6, 6, 6, 3, 3, 3, 3)(number, ##__VA_ARGS__, 0, 0, 0, 0, \
							      0, 0)
#define sys_pick_point(_0, _1, _2, _3, _4, _5, _6, count, ...) point_##count

#define point_3(n, a, b, c, ...) libc_point_syscall3((long)(a), (long)(b), (long)(c), n)
#define point_6(n, a, b, c, d, e, f, ...) \
	libc_point_syscall((long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f), n)

/* point.asm: the kernel's answer, or -ECANCELED without entering it. */
long libc_point_syscall3(long a, long b, long c, long number);
long libc_point_syscall(long a, long b, long c, long d, long e, long f, long number);

/* What a failure means when the thread is being cancelled. */
long libc_point_failed(long number, long result);
long libc_point_failed_caught(long number, long result);

static inline long point_result(long failed(long number, long result), long number, long result)
{
	return __builtin_expect((unsigned long)result > -4096UL, 0) ? failed(number, result)
								    : result;
}

/* Ends the calling thread as cancelled. */
void point_cancelled(void) __attribute__((noreturn));

#endif
