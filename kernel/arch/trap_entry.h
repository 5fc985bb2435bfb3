/* SPDX-License-Identifier: MIT */
/* Between entry.asm, switch.asm and C: what each calls of the other, and the places that a
 * backtrace must know because a trap frame lies there instead of a C frame. */
#ifndef ARCH_TRAP_ENTRY_H
#define ARCH_TRAP_ENTRY_H

#include "arch/trap.h"

/* Called by entry.asm, interrupts off. */
void trap_dispatch(struct trap_frame *frame);
void trap_dispatch_ist(struct trap_frame *frame);
/* iret refused the user's frame: `fault` holds the user's registers. Returns the frame, at the top
 * of the stack, of a general protection fault in user mode. */
struct trap_frame *trap_refused_iret(struct trap_frame *fault);
void trap_check_user_return(const struct trap_frame *frame);
_Noreturn void trap_frame_unmarked(const struct trap_frame *frame);

/* 256 stubs of 16 bytes. */
extern const char trap_stubs[];

#endif
