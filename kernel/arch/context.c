/* SPDX-License-Identifier: MIT */
/* The first registers of threads and programs. */
#include "arch/context.h"

#include "arch/regs.h"
#include "base/assert.h"
#include "lib/string.h"
#include "lib/util.h"

extern void thread_entry(void); /* switch.asm */

/* What switch_context() pops, lowest address first. */
struct switch_frame {
	uint64_t r15, r14, r13, r12, rbx, rbp;
	uint64_t return_address;
};

void context_init(struct arch_context *context, vaddr_t stack_top)
{
	struct switch_frame *frame = (struct switch_frame *)user_frame(stack_top) - 1;

	/* C functions expect RSP + 8 to be a multiple of 16 at entry; thread_entry calls one. */
	STATIC_ASSERT(sizeof(struct trap_frame) % 16 == 0);
	ASSERT(IS_ALIGNED(stack_top, 16));
	*frame = (struct switch_frame){.return_address = (uint64_t)thread_entry};
	/* It has not come from user mode: here a debugger's backtrace ends. */
	user_frame(stack_top)->rip = 0;
	context->rsp = (uint64_t)frame;
}

void user_frame_init(struct trap_frame *frame, uint64_t rip, uint64_t rsp)
{
	*frame = (struct trap_frame){
		.vector = TRAP_MODIFIED,
		.rip = rip,
		.cs = SEL_USER_CODE,
		.rflags = RFLAGS_FIXED | RFLAGS_IF,
		.rsp = rsp,
		.ss = SEL_USER_DATA,
	};
}

void user_frame_sanitize(struct trap_frame *frame)
{
	frame->rflags = (frame->rflags & RFLAGS_USER) | RFLAGS_FIXED | RFLAGS_IF;
	frame->cs |= 3;
	frame->ss |= 3;
	frame->vector = TRAP_MODIFIED;
}

void set_fs_base(uint64_t base)
{
	wrmsr(MSR_FS_BASE, base);
}
