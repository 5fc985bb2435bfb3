/* SPDX-License-Identifier: MIT */
/* assert(): included again, it follows NDEBUG anew, so the macro is outside the guard. */
#ifndef LIBC_ASSERT_H
#define LIBC_ASSERT_H

void __assert_fail(const char *expression, const char *file, unsigned int line,
		   const char *function) __attribute__((noreturn));

#ifndef __cplusplus
#define static_assert _Static_assert
#endif

#endif

#undef assert
#ifdef NDEBUG
#define assert(expression) ((void)0)
#else
#define assert(expression) \
	((expression) ? (void)0 : __assert_fail(#expression, __FILE__, __LINE__, __func__))
#endif
