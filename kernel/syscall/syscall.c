/* SPDX-License-Identifier: MIT */
/*
 * From a number to a function. This is on the path of every system call, so it is one look-up and
 * one call; everything rare is behind a branch that is not taken.
 */
#include "syscall/syscall.h"

#include "base/printk.h"
#include "base/trace.h"
#include "lib/abi/errno.h"
#include "lib/abi/nr.h"
#include "lib/util.h"
#include "proc/signal.h"

#include <stdatomic.h>

/* The calls of Linux that Tarae does not have. */
static const char *const missing[SYSCALL_NUMBER_LIMIT] = {
#define NOSYS(number, name) [number] = #name,
#include "lib/abi/syscall_table.h"
};

static long sys_missing(struct trap_frame *frame)
{
	static _Atomic bool logged[SYSCALL_NUMBER_LIMIT];
	uint32_t number = frame->orig_rax;

	if (number < SYSCALL_NUMBER_LIMIT && missing[number] &&
	    !atomic_exchange(&logged[number], true))
		printk("system call %s (%u) is not there; %s (pid %d) was the first to ask\n",
		       missing[number], number, current->name, current_process()->pid);
	return -ENOSYS;
}

/* Every number has a function: so the look-up is no question. */
static syscall_function *const table[SYSCALL_NUMBER_LIMIT] = {
#define SYSCALL(number, name, kinds) [number] = sys_##name,
#define NOSYS(number, name)          [number] = sys_missing,
#define PROBED(number, name)         [number] = sys_missing,
#include "lib/abi/syscall_table.h"
	[335 ... 423] = sys_missing, /* which Linux leaves free */
};

static __attribute__((noinline)) long call_traced(struct trap_frame *frame,
						  syscall_function *function)
{
	uint32_t number = (uint32_t)frame->orig_rax;

	trace(TRACE_SYSCALL_ENTER, number, frame->rdi);
	long result = function(frame);
	trace(TRACE_SYSCALL_EXIT, number, result);
	return result;
}

/* Nothing follows the call: it is a jump, and the function returns to entry.asm. */
long syscall_dispatch(struct trap_frame *frame)
{
	uint64_t number = (uint32_t)frame->orig_rax; /* only the low half counts, as on Linux */

	current->system_calls++;
	if (number >= SYSCALL_NUMBER_LIMIT)
		return sys_missing(frame);
	syscall_function *function = table[number];
	if (trace_is_on())
		return call_traced(frame, function);
	return function(frame);
}
