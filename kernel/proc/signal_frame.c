/* SPDX-License-Identifier: MIT */
/*
 * The frame of a signal handler, on the user's stack, exactly as Linux lays it out: debuggers,
 * unwinders and thread libraries read it, and some change it.
 *
 *      user's RSP at the signal ─►  ┌──────────────────────────┐  higher addresses
 *                                   │ red zone, 128 bytes      │  a leaf function's locals
 *                                   ├──────────────────────────┤
 *                                   │ FXSAVE or XSAVE area     │  64-byte aligned; magic2 behind it
 *                                   ├──────────────────────────┤
 *                                   │ siginfo                  │ ◄─ RSI
 *                                   │ ucontext: registers, mask│ ◄─ RDX
 *      handler's first RSP      ─►  │ return address: restorer │  RSP + 8 is 16-byte aligned
 *                                   └──────────────────────────┘
 *
 * When the handler returns, the restorer calls rt_sigreturn, which believes nothing it finds there.
 */
#include "lib/abi/errno.h"
#include "mm/uaccess.h"
#include "proc/signal_queue.h"
#include "proc/user_fpu.h"

#define RED_ZONE        128
#define FRAME_ALIGNMENT 16

/* ---- The alternate stack ---- */

static bool alternate_contains(const stack_t *stack, uint64_t rsp)
{
	uint64_t base = (uint64_t)stack->ss_sp;

	return rsp > base && rsp - base <= stack->ss_size;
}

/* SS_DISABLE, SS_ONSTACK or 0, as sigaltstack tells. A stack that disarms itself is never in
 * use. */
static int alternate_state(const stack_t *stack, uint64_t rsp)
{
	if (!stack->ss_size)
		return SS_DISABLE;
	if ((unsigned)stack->ss_flags & SS_AUTODISARM)
		return 0;
	return alternate_contains(stack, rsp) ? SS_ONSTACK : 0;
}

int signal_alternate_stack(const stack_t *new_stack, stack_t *old_stack, uint64_t user_rsp)
{
	stack_t *stack = &current->signal.alternate;
	int state = alternate_state(stack, user_rsp);

	if (old_stack) {
		*old_stack = *stack;
		old_stack->ss_flags = state | (int)((unsigned)stack->ss_flags & SS_AUTODISARM);
	}
	if (!new_stack)
		return 0;
	if (new_stack->ss_sp == stack->ss_sp && new_stack->ss_size == stack->ss_size &&
	    new_stack->ss_flags == stack->ss_flags)
		return 0;
	int mode = new_stack->ss_flags & ~(int)SS_AUTODISARM;
	if (state == SS_ONSTACK)
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode != SS_DISABLE && new_stack->ss_size < MINSIGSTKSZ)
		return -ENOMEM;
	*stack = *new_stack;
	if (mode == SS_DISABLE)
		*stack = (stack_t){.ss_flags = new_stack->ss_flags};
	return 0;
}

/* ---- Where the frame goes ---- */

struct frame_place {
	user_addr_t frame, fp;
};

size_t signal_frame_bytes(void)
{
	return RED_ZONE + USER_FPU_ALIGNMENT + user_fpu_frame_bytes() + FRAME_ALIGNMENT +
	       sizeof(struct rt_sigframe);
}

/* False: it would overflow the alternate stack. */
static bool place_frame(struct frame_place *place, uint64_t rsp,
			const struct kernel_sigaction *action)
{
	const stack_t *stack = &current->signal.alternate;
	int state = alternate_state(stack, rsp);
	bool enters = (action->flags & SA_ONSTACK) && state == 0;
	uint64_t top = enters ? (uint64_t)stack->ss_sp + stack->ss_size : rsp - RED_ZONE;

	place->fp = user_addr(ALIGN_DOWN(top - user_fpu_frame_bytes(), USER_FPU_ALIGNMENT));
	uint64_t bottom = place->fp.raw - sizeof(struct rt_sigframe);
	place->frame = user_addr(ALIGN_DOWN(bottom, FRAME_ALIGNMENT) - 8);
	bool on_alternate = enters || state == SS_ONSTACK;
	return !on_alternate || alternate_contains(stack, place->frame.raw);
}

/* ---- Registers ---- */

static void registers_to_context(const struct trap_frame *frame, mcontext_t *context)
{
	greg_t *gregs = context->gregs;

	gregs[REG_R8] = (greg_t)frame->r8;
	gregs[REG_R9] = (greg_t)frame->r9;
	gregs[REG_R10] = (greg_t)frame->r10;
	gregs[REG_R11] = (greg_t)frame->r11;
	gregs[REG_R12] = (greg_t)frame->r12;
	gregs[REG_R13] = (greg_t)frame->r13;
	gregs[REG_R14] = (greg_t)frame->r14;
	gregs[REG_R15] = (greg_t)frame->r15;
	gregs[REG_RDI] = (greg_t)frame->rdi;
	gregs[REG_RSI] = (greg_t)frame->rsi;
	gregs[REG_RBP] = (greg_t)frame->rbp;
	gregs[REG_RBX] = (greg_t)frame->rbx;
	gregs[REG_RDX] = (greg_t)frame->rdx;
	gregs[REG_RAX] = (greg_t)frame->rax;
	gregs[REG_RCX] = (greg_t)frame->rcx;
	gregs[REG_RSP] = (greg_t)frame->rsp;
	gregs[REG_RIP] = (greg_t)frame->rip;
	gregs[REG_EFL] = (greg_t)frame->rflags;
	gregs[REG_CSGSFS] = (greg_t)(frame->cs | frame->ss << 48);
}

static void registers_from_context(struct trap_frame *frame, const mcontext_t *context)
{
	const greg_t *gregs = context->gregs;

	frame->r8 = (uint64_t)gregs[REG_R8];
	frame->r9 = (uint64_t)gregs[REG_R9];
	frame->r10 = (uint64_t)gregs[REG_R10];
	frame->r11 = (uint64_t)gregs[REG_R11];
	frame->r12 = (uint64_t)gregs[REG_R12];
	frame->r13 = (uint64_t)gregs[REG_R13];
	frame->r14 = (uint64_t)gregs[REG_R14];
	frame->r15 = (uint64_t)gregs[REG_R15];
	frame->rdi = (uint64_t)gregs[REG_RDI];
	frame->rsi = (uint64_t)gregs[REG_RSI];
	frame->rbp = (uint64_t)gregs[REG_RBP];
	frame->rbx = (uint64_t)gregs[REG_RBX];
	frame->rdx = (uint64_t)gregs[REG_RDX];
	frame->rax = (uint64_t)gregs[REG_RAX];
	frame->rcx = (uint64_t)gregs[REG_RCX];
	frame->rsp = (uint64_t)gregs[REG_RSP];
	frame->rip = (uint64_t)gregs[REG_RIP];
	uint64_t nested_task = frame->rflags & RFLAGS_NT; /* not the frame's to choose: it stays */
	frame->rflags = (uint64_t)gregs[REG_EFL];
	frame->cs = (uint64_t)gregs[REG_CSGSFS] & 0xffff;
	frame->ss = (uint64_t)gregs[REG_CSGSFS] >> 48;
	/* What is still wrong with it then faults on the way back, in user mode's name. */
	user_frame_sanitize(frame);
	frame->rflags |= nested_task;
}

/* What the processor said of a fault; the frame still has it when the signal is that fault's. */
static void describe_fault(const struct trap_frame *frame, const siginfo_t *info,
			   mcontext_t *context)
{
	if (frame->vector > EXC_SIMD)
		return;
	context->gregs[REG_TRAPNO] = (greg_t)frame->vector;
	context->gregs[REG_ERR] = (greg_t)frame->orig_rax;
	if (frame->vector == EXC_PAGE_FAULT)
		context->gregs[REG_CR2] = (greg_t)(uintptr_t)info->si_addr;
}

/* ---- Building and taking down ---- */

int signal_push_frame(struct trap_frame *frame, const struct kernel_sigaction *action,
		      const siginfo_t *info, kernel_sigset_t mask)
{
	struct rt_sigframe user = {
		.pretcode = action->restorer,
		.uc.uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS |
			       (user_fpu_is_extended() ? UC_FP_XSTATE : 0),
		.uc.uc_stack = current->signal.alternate,
		.uc.uc_sigmask = mask,
	};
	bool with_info = action->flags & SA_SIGINFO;
	struct frame_place place;

	if (!(action->flags & SA_RESTORER) || !place_frame(&place, frame->rsp, action))
		return -EFAULT;
	registers_to_context(frame, &user.uc.uc_mcontext);
	describe_fault(frame, info, &user.uc.uc_mcontext);
	user.uc.uc_mcontext.gregs[REG_OLDMASK] = (greg_t)mask;
	user.uc.uc_mcontext.fpregs = (fpregset_t)place.fp.raw;
	if (with_info)
		user.info = *info;
	size_t bytes = with_info ? sizeof(user) : offsetof(struct rt_sigframe, info);
	if (copy_to_user(place.frame, &user, bytes) || user_fpu_to_frame(place.fp))
		return -EFAULT;

	user_fpu_reset(); /* the handler starts as a program does */
	if ((unsigned)current->signal.alternate.ss_flags & SS_AUTODISARM)
		current->signal.alternate = (stack_t){.ss_flags = SS_DISABLE};
	frame->rdi = (uint64_t)info->si_signo;
	frame->rsi = place.frame.raw + offsetof(struct rt_sigframe, info);
	frame->rdx = place.frame.raw + offsetof(struct rt_sigframe, uc);
	frame->rax = 0;
	frame->rsp = place.frame.raw;
	frame->rip = action->handler;
	frame->rflags &= ~(RFLAGS_DF | RFLAGS_TF | RFLAGS_RF);
	return 0;
}

long signal_return(struct trap_frame *frame)
{
	/* The return address is off the stack already. */
	user_addr_t at =
		user_addr(frame->rsp - sizeof(uintptr_t) + offsetof(struct rt_sigframe, uc));
	ucontext_t context;

	current->restart.deadline = 0;
	if (copy_from_user(&context, at, sizeof(context))) {
		signal_force(SIGSEGV, SI_KERNEL, 0);
		return 0;
	}
	signal_set_mask(context.uc_sigmask);
	registers_from_context(frame, &context.uc_mcontext);
	(void)!signal_alternate_stack(&context.uc_stack, NULL, frame->rsp);
	if (!user_fpu_from_frame(user_addr((uint64_t)context.uc_mcontext.fpregs)))
		signal_force(SIGSEGV, SI_KERNEL, 0);
	return (long)frame->rax;
}
