/* SPDX-License-Identifier: MIT */
/* futex(2) operations and robust lists of Linux. */
#ifndef LIB_ABI_FUTEX_H
#define LIB_ABI_FUTEX_H

#include <stddef.h>
#include <stdint.h>

#define FUTEX_WAIT        0
#define FUTEX_WAKE        1
#define FUTEX_REQUEUE     3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP     5
#define FUTEX_LOCK_PI     6
#define FUTEX_UNLOCK_PI   7
#define FUTEX_TRYLOCK_PI  8
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10

/* The third argument of FUTEX_WAKE_OP: operation, comparison, two numbers of 12 bits. */
#define FUTEX_OP_SET         0
#define FUTEX_OP_ADD         1
#define FUTEX_OP_OR          2
#define FUTEX_OP_ANDN        3
#define FUTEX_OP_XOR         4
#define FUTEX_OP_OPARG_SHIFT 8U /* flag: the operation's number is 1 << itself */
#define FUTEX_OP_CMP_EQ      0
#define FUTEX_OP_CMP_NE      1
#define FUTEX_OP_CMP_LT      2
#define FUTEX_OP_CMP_LE      3
#define FUTEX_OP_CMP_GT      4
#define FUTEX_OP_CMP_GE      5
#define FUTEX_OP(operation, argument, comparison, with)                                     \
	(((operation)&0xfU) << 28 | ((comparison)&0xfU) << 24 | ((argument)&0xfffU) << 12 | \
	 ((with)&0xfffU))

#define FUTEX_PRIVATE_FLAG   128
#define FUTEX_CLOCK_REALTIME 256
#define FUTEX_CMD_MASK       (~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME))

#define FUTEX_WAIT_PRIVATE (FUTEX_WAIT | FUTEX_PRIVATE_FLAG)
#define FUTEX_WAKE_PRIVATE (FUTEX_WAKE | FUTEX_PRIVATE_FLAG)

#define FUTEX_BITSET_MATCH_ANY 0xffffffffU

/* The word of a robust futex: its owner's tid with two flags. */
#define FUTEX_WAITERS    0x80000000U
#define FUTEX_OWNER_DIED 0x40000000U
#define FUTEX_TID_MASK   0x3fffffffU

struct robust_list {
	struct robust_list *next;
};

struct robust_list_head {
	struct robust_list list;
	long futex_offset; /* from a list node to its futex word */
	struct robust_list *list_op_pending;
};

_Static_assert(sizeof(struct robust_list_head) == 24, "struct robust_list_head");

#endif
