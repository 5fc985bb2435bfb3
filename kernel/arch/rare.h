/* SPDX-License-Identifier: MIT */
#ifndef ARCH_RARE_H
#define ARCH_RARE_H

/*
 * A function that a hot one calls at times only. It stays out of line and keeps all registers
 * itself; and call_rare(), unlike a plain call, tells the compiler so. Then the hot function saves
 * no registers for a call that it seldom makes, and mostly none at all: with the slow ways of
 * spinlocks and of the switch, 60 instructions of a semaphore's round trip.
 *
 * It returns nothing, is not static, and is declared before its definition.
 */
#define RARE __attribute__((noinline, cold, used, no_caller_saved_registers))

#define call_rare(function, first, second)                                                   \
	__asm__ volatile("call " #function ::"D"((uint64_t)(first)), "S"((uint64_t)(second)) \
			 : "memory", "cc")

/*
 * The opposite: a function that much depends on. In the unchecked kernel, which is optimised as a
 * whole, all that it calls becomes part of it, from whatever file, except what is noinline: nothing
 * is passed along, and fewer registers are saved. 130 instructions of a futex's round trip.
 */
#if CONFIG_CHECKS
#define HOT
#else
#define HOT __attribute__((flatten))
#endif

#endif
