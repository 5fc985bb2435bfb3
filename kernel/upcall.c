/* SPDX-License-Identifier: MIT */
/*
 * Everything that arch calls upward, in one place: what happens on a system call, a fault, an
 * interrupt, and on the way back to user mode. arch/upcall.h has the contracts.
 */
#include "arch/upcall.h"

#include "arch/smp.h"
#include "arch/usercopy.h"
#include "base/assert.h"
#include "base/spinlock.h"
#include "base/trace.h"
#include "dev/interrupts.h"
#include "mm/kstack.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "sched/sched.h"
#include "sync/lock_check.h"
#include "syscall/syscall.h"
#include "vm/aspace.h"

long upcall_syscall(struct trap_frame *frame)
{
	return syscall_dispatch(frame);
}

/* ---- faults ---- */

static unsigned access_of(uint64_t error)
{
	if (error & FAULT_FETCH)
		return PAGE_EXEC;
	return error & FAULT_WRITE ? PAGE_WRITE : PAGE_READ;
}

static void signal_for_fault(enum fault_result result, vaddr_t address)
{
	switch (result) {
	case FAULT_DONE:
		break;
	case FAULT_NO_REGION:
		signal_segv(SEGV_MAPERR, address);
		break;
	case FAULT_NO_RIGHT:
		signal_segv(SEGV_ACCERR, address);
		break;
	case FAULT_BEYOND_OBJECT:
		signal_force(SIGBUS, BUS_ADRERR, address);
		break;
	case FAULT_NO_MEMORY:
		/* aspace_fault() has had the largest process killed and tried again: memory is gone
		 * for good. */
		signal_force(SIGKILL, SI_KERNEL, 0);
		break;
	}
}

static _Noreturn void kernel_fault(struct trap_frame *frame, vaddr_t address)
{
	vaddr_t top;

	if (kstack_is_guard(address, &top))
		panic_trap(frame, "kernel stack overflow of thread %d (%s)", current->tid,
			   current->name);
	panic_trap(frame, "page fault in the kernel at address %#lx (%s)", address,
		   frame->orig_rax & FAULT_WRITE ? "write" : "read");
}

void upcall_page_fault(struct trap_frame *frame, vaddr_t address)
{
	struct aspace *aspace = current->process->aspace;
	bool user = trap_from_user(frame);
	/* User code that faults with the kernel's rights (reading a descriptor, or QEMU's LRET
	 * under SMAP) would fault again. */
	bool as_expected = user ? frame->orig_rax & FAULT_USER : frame->rflags & RFLAGS_IF;
	bool may_serve = aspace && address < USER_TOP && as_expected;

	/* The kernel touches user memory at the places of the exception table only, with interrupts
	 * on. */
	if (!user && (!may_serve || !usercopy_covers(frame))) {
		if (!usercopy_fixup(frame))
			kernel_fault(frame, address);
		return;
	}
	enum fault_result result = FAULT_NO_REGION;
	if (may_serve) {
		trace(TRACE_FAULT_ENTER, address, frame->orig_rax);
		result = aspace_fault(aspace, address, access_of(frame->orig_rax));
		trace(TRACE_FAULT_EXIT, address, frame->orig_rax);
	}
	if (result == FAULT_DONE) {
		/* relaxed: a figure for getrusage(2) and /proc */
		atomic_fetch_add_explicit(&current->process->minor_faults, 1, memory_order_relaxed);
		return;
	}
	if (user)
		signal_for_fault(result, address);
	else if (!usercopy_fixup(frame))
		kernel_fault(frame, address);
}

void upcall_exception(struct trap_frame *frame)
{
	if (!trap_from_user(frame)) {
		if (usercopy_fixup(frame))
			return;
		panic_trap(frame, "exception %lu (%s) in the kernel, error code %#lx",
			   frame->vector, trap_name(frame->vector), frame->orig_rax);
	}
	signal_for_exception(frame);
}

/* ---- interrupts ---- */

void upcall_timer(struct trap_frame *frame)
{
	sched_timer(trap_from_user(frame));
}

void upcall_device_irq(unsigned irq)
{
	interrupt_dispatch(irq);
}

void upcall_ipi_reschedule(void)
{
	sched_note_resched();
}

void upcall_nmi(struct trap_frame *frame)
{
	panic_trap(frame, "NMI: a look at the whole machine was asked for");
}

/* ---- the way back ---- */

void upcall_return_to_kernel(struct trap_frame *frame)
{
	if (frame->rflags & RFLAGS_IF)
		sched_preempt_from_trap();
}

static void do_work(struct trap_frame *frame, uint32_t work)
{
	if (work & WORK_KILL)
		process_exit_dying();
	if (work & WORK_RESCHED) {
		trace(TRACE_PREEMPT, 0, 0);
		current->switches_forced++;
		sched_yield();
	}
	if (work & WORK_STOP)
		signal_stop_point();
	if (work & WORK_SIGNAL)
		signal_deliver(frame);
}

void upcall_return_to_user(struct trap_frame *frame)
{
	uint32_t work;

	while ((work = atomic_load(&current->work)) != 0) {
		irq_enable();
		do_work(frame, work);
		irq_disable();
	}
}

void upcall_check_return(void)
{
	spin_assert_none_held("return to user mode");
	lock_check_none_held("return to user mode");
}

/* ---- first code ---- */

void upcall_thread_start(void)
{
	struct thread *thread = current;

	sched_finish_switch();
	if (thread->entry) {
		irq_enable();
		thread->entry(thread->argument);
	}
	if (!thread->is_user)
		thread_exit();
	/* A user thread goes on with the frame at the top of this stack. */
}

_Noreturn void upcall_cpu_start(void)
{
	sched_idle();
}
