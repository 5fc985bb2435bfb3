/* SPDX-License-Identifier: MIT */
/* Faults of user code become signals, with the codes that Linux gives. */
#include "arch/fpu.h"
#include "base/printk.h"
#include "lib/string.h"
#include "proc/signal.h"
#include "sched/sched.h"

bool signal_force(int signal, int code, uint64_t address)
{
	struct process *process = current_process();
	kernel_sigset_t bit = SIGSET_BIT(signal);
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = signal;
	info.si_code = code;
	info.si_addr = (void *)address;

	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	uintptr_t handler = process->handlers->actions[signal - 1].handler;
	bool handled = handler != KERNEL_SIG_DFL && handler != KERNEL_SIG_IGN &&
		       !(current->signal.blocked & bit);
	if (!handled)
		process_kill_locked(process, signal);
	spin_unlock_irq_restore(&process->signal_lock, flags);
	if (handled)
		signal_send_thread(current, &info);
	return !handled;
}

/* Whether `address` lies just below the stack of the current thread. */
static bool stack_overflowed(uint64_t address)
{
	struct aspace *aspace = current_process()->aspace;
	vaddr_t stack = current->user_stack.raw;

	return aspace_is_stack_guard(aspace, stack ? stack : aspace->stack_start, address);
}

void signal_tell_overflow(uint64_t address)
{
	if (stack_overflowed(address))
		printk("%s (pid %d): stack overflow of thread %d (%s) at %#lx\n",
		       current_process()->name, current_process()->pid, current->tid, current->name,
		       address);
}

void signal_segv(int code, uint64_t address)
{
	if (signal_force(SIGSEGV, code, address))
		signal_tell_overflow(address);
}

/* What an x87 or SSE exception was: the lowest that is raised and not masked (SDM vol. 1, 8.5
 * and 11.5). */
static int floating_point_code(unsigned raised)
{
	enum {
		INVALID = 1,
		DENORMAL = 2,
		DIVIDE = 4,
		OVERFLOW = 8,
		UNDERFLOW = 16,
		PRECISION = 32
	};

	if (raised & INVALID)
		return FPE_FLTINV;
	if (raised & DIVIDE)
		return FPE_FLTDIV;
	if (raised & OVERFLOW)
		return FPE_FLTOVF;
	if (raised & (UNDERFLOW | DENORMAL))
		return FPE_FLTUND;
	return raised & PRECISION ? FPE_FLTRES : 0;
}

/* The thread's state is live in the registers: save it and look there. */
static unsigned raised_exceptions(bool sse)
{
	const struct fpstate *state = current->fpu;

	preempt_disable();
	fpu_save(current->fpu);
	preempt_enable();
	if (sse)
		return state->mxcsr & ~(state->mxcsr >> 7) & 0x3f;
	return state->swd & ~state->cwd & 0x3f;
}

void signal_for_exception(const struct trap_frame *frame)
{
	switch (frame->vector) {
	case EXC_DIVIDE:
		signal_force(SIGFPE, FPE_INTDIV, frame->rip);
		break;
	case EXC_DEBUG: /* a single step, or the instruction INT1 */
		signal_force(SIGTRAP, frame->rflags & RFLAGS_TF ? TRAP_TRACE : TRAP_BRKPT,
			     frame->rip);
		break;
	case EXC_BREAKPOINT:
		signal_force(SIGTRAP, SI_KERNEL, 0);
		break;
	case EXC_INVALID_OPCODE:
		signal_force(SIGILL, ILL_ILLOPN, frame->rip);
		break;
	case EXC_X87:
		signal_force(SIGFPE, floating_point_code(raised_exceptions(false)), frame->rip);
		break;
	case EXC_SIMD:
		signal_force(SIGFPE, floating_point_code(raised_exceptions(true)), frame->rip);
		break;
	case EXC_ALIGNMENT:
		signal_force(SIGBUS, BUS_ADRALN, 0);
		break;
	case EXC_STACK:
	case EXC_NOT_PRESENT:
		signal_force(SIGBUS, SI_KERNEL, 0);
		break;
	default: /* EXC_PROTECTION and what has no signal of its own */
		signal_force(SIGSEGV, SI_KERNEL, 0);
		break;
	}
}
