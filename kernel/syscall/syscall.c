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

static syscall_function *const table[SYSCALL_NUMBER_LIMIT] = {
#define SYSCALL(number, name, kinds) [number] = sys_##name,
#include "lib/abi/syscall_table.h"
};

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

/* Only the thread itself writes its count, so that takes no atomic addition. */
static void count_call(void)
{
	struct thread *self = current;
	uint64_t count = atomic_load_explicit(&self->system_calls, memory_order_relaxed);

	atomic_store_explicit(&self->system_calls, count + 1, memory_order_relaxed);
}

static __attribute__((noinline)) long call_traced(struct trap_frame *frame, uint32_t number,
						  syscall_function *function)
{
	trace(TRACE_SYSCALL_ENTER, number, frame->rdi);
	long result = function(frame);
	trace(TRACE_SYSCALL_EXIT, number, result);
	return result;
}

/* Nothing follows the call: it is a jump, and the function returns to entry.asm. */
long syscall_dispatch(struct trap_frame *frame)
{
	uint32_t number = frame->orig_rax; /* only the low half counts, as on Linux */

	count_call();
	if (number >= SYSCALL_NUMBER_LIMIT || !table[number])
		return sys_missing(frame);
	syscall_function *function = table[number];
	if (trace_is_on())
		return call_traced(frame, number, function);
	return function(frame);
}
