/* SPDX-License-Identifier: MIT */
/* The machine part of a context switch: switch.asm has the whole secret and its picture. */
#ifndef ARCH_CONTEXT_H
#define ARCH_CONTEXT_H

#include "arch/irq.h"
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

/* Resets a frame to the state that the ABI gives a new program: all registers 0, RFLAGS 0x202;
 * vector is TRAP_MODIFIED. */
void user_frame_init(struct trap_frame *frame, uint64_t rip, uint64_t rsp);

/* Makes a frame that user code had in its hands (a signal frame's registers) safe to return
 * through: privilege level 3, only RFLAGS_USER flags of its own choice; vector becomes
 * TRAP_MODIFIED. Selectors, RIP and RSP may be anything: what the CPU refuses becomes the
 * process's general protection fault. */
void user_frame_sanitize(struct trap_frame *frame);

/* Loads the user's FS base (thread-local storage); on every switch to a user thread. Preemption
 * off, or the caller stores it first where the switch takes it from. `base` must be below
 * USER_TOP: a non-canonical one faults. */
void set_fs_base(uint64_t base);

#endif
