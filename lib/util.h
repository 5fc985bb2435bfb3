/* SPDX-License-Identifier: MIT */
/*
 * Small macros that every layer uses: sizes, alignment, bits, and the step from an embedded
 * member back to the struct that holds it. No function, no state, no dependency.
 */
#ifndef LIB_UTIL_H
#define LIB_UTIL_H

#include <stddef.h>
#include <stdint.h>

/* Refuses to compile unless `condition`, a constant expression, holds. */
#define STATIC_ASSERT(condition) _Static_assert(condition, #condition)

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define BIT(n) (UINT64_C(1) << (n))

/* `alignment` is a power of two; the result has the type of `value`. */
#define ALIGN_DOWN(value, alignment) ((value) & ~((__typeof__(value))(alignment)-1))
#define ALIGN_UP(value, alignment) \
	ALIGN_DOWN((value) + ((__typeof__(value))(alignment)-1), alignment)
#define IS_ALIGNED(value, alignment) (((value) & ((__typeof__(value))(alignment)-1)) == 0)

/* Each argument is evaluated once; not constant expressions. */
#define MIN(a, b)                              \
	({                                     \
		__auto_type min_a = (a);       \
		__auto_type min_b = (b);       \
		min_a < min_b ? min_a : min_b; \
	})
#define MAX(a, b)                              \
	({                                     \
		__auto_type max_a = (a);       \
		__auto_type max_b = (b);       \
		max_a > max_b ? max_a : max_b; \
	})

#define DIV_ROUND_UP(value, divisor) (((value) + (divisor)-1) / (divisor))

/*
 * The struct of `type` whose `member` is at `pointer`. Lists and trees here are intrusive: the
 * node lives inside the thing listed, so linking never allocates and never fails.
 */
#define container_of(pointer, type, member)                                        \
	({                                                                         \
		const __typeof__(((type *)0)->member) *member_pointer = (pointer); \
		(type *)((uintptr_t)member_pointer - offsetof(type, member));      \
	})

#endif
