/* SPDX-License-Identifier: MIT */
/* The machine part of a context switch: switch.asm has the whole secret and its picture. */
#ifndef ARCH_CONTEXT_H
#define ARCH_CONTEXT_H

#include "arch/trap.h"
#include "arch/types.h"

/* Everything else of a thread that is not running lies on its kernel stack, at rsp. */
struct arch_context {
	uint64_t rsp;
};

/* Saves the callee-saved registers and RSP of the caller in `save`, takes those of `load`. Returns
 * on the other stack, in the thread that saved `load`. Interrupts off, run queue lock held. */
void switch_context(struct arch_context *save, struct arch_context *load);

/* Prepares the stack that ends at `stack_top` so that the first switch to it calls
 * upcall_thread_start(), and if that returns leaves to user mode through the trap frame at the top
 * of the stack. */
void context_init(struct arch_context *context, vaddr_t stack_top);

/* The trap frame of a user thread, at the very top of its kernel stack. */
static inline struct trap_frame *user_frame(vaddr_t stack_top)
{
	return (struct trap_frame *)stack_top - 1;
}

/* Resets a frame to the state that the ABI gives a new program: all registers 0, RFLAGS 0x202. */
void user_frame_init(struct trap_frame *frame, uint64_t rip, uint64_t rsp);

/* User FS base of the current thread (thread-local storage). thread_switch_segments() writes it on
 * a switch. set_fs_base: `base` must be a user address (checked by the caller). */
void set_fs_base(uint64_t base);

#endif
