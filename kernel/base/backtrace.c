/* SPDX-License-Identifier: MIT */
/*
 * Backtraces by frame pointers: at RBP lies the caller's RBP, above it the return address.
 * Assembly keeps no frames of its own; where C was called by the entry code, its trap frame lies
 * right above the return address, and the walk goes on with the registers in it.
 */
#include "arch/stack.h"
#include "arch/trap.h"
#include "base/assert.h"
#include "base/printk.h"
#include "base/symbols.h"
#include "lib/util.h"

#define DEPTH_MAX 48

/* A return address is named after the call before it, which may be its function's last instruction:
 * of what does not return. */
static void print_place(uint64_t rip, bool returned)
{
	size_t offset;
	const char *name = symbol_lookup(rip - returned, &offset);

	if (name)
		printk("  %016lx  %s+%#zx\n", rip, name, offset + returned);
	else
		printk("  %016lx\n", rip);
}

static bool frame_in(uint64_t rbp, uint64_t bytes, uint64_t low, uint64_t high)
{
	return IS_ALIGNED(rbp, 8) && rbp >= low && rbp < high && high - rbp >= bytes;
}

void backtrace_print(uint64_t rip, bool returned, uint64_t rbp, uint64_t low, uint64_t high)
{
	for (unsigned depth = 0; depth < DEPTH_MAX && rip; depth++) {
		print_place(rip, returned);
		if (!frame_in(rbp, 16, low, high))
			return;
		uint64_t *saved = (uint64_t *)rbp;
		const struct trap_frame *frame = (const struct trap_frame *)(saved + 2);

		low = rbp; /* only upward: a loop in the chain ends here */
		rip = saved[1];
		rbp = saved[0];
		returned = true;
		if (!stack_is_trap_return(rip))
			continue;
		if (!frame_in((uint64_t)frame, sizeof(*frame), low, high))
			return;
		if (trap_from_user(frame)) {
			printk("  -- %s %lu from user mode, rip %#lx\n",
			       frame->vector == TRAP_SYSCALL ? "system call" : "trap",
			       frame->vector == TRAP_SYSCALL ? frame->orig_rax : frame->vector,
			       frame->rip);
			return;
		}
		printk("  -- trap %lu\n", frame->vector);
		rip = frame->rip;
		rbp = frame->rbp;
		returned = false;
		if (!frame_in(rbp, 16, low, high))
			return; /* a trap with a stack of its own: whoever printed has said so */
	}
}
