/* SPDX-License-Identifier: MIT */
/*
 * From the vector to who deals with it. entry.asm has saved the registers and calls here with
 * interrupts off; exceptions run with interrupts as they were where they happened, interrupts with
 * them off.
 *
 * Entry points, all called by entry.asm: trap_dispatch, trap_dispatch_ist, trap_refused_iret and,
 * in checked builds, trap_check_user_return, trap_frame_unmarked.
 */
#include "arch/trap.h"

#include "arch/context.h"
#include "arch/cpu_setup.h"
#include "arch/gdt.h"
#include "arch/ioapic.h"
#include "arch/lapic.h"
#include "arch/regs.h"
#include "arch/smp_stop.h"
#include "arch/tlb_ipi.h"
#include "arch/trap_entry.h"
#include "arch/upcall.h"
#include "arch/vectors.h"
#include "base/assert.h"
#include "base/spinlock.h"
#include "base/trace.h"
#include "lib/string.h"
#include "lib/util.h"
#include "mm/kstack.h"

/* ---- The table of gates (SDM vol. 3, 6.14.1) ---- */

struct gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};

#define GATE_INTERRUPT 0x8e /* present, DPL 0: the gate turns interrupts off */
#define GATE_USER      0x60 /* DPL 3: `int` may be used in user mode */
#define STUB_SIZE      16

static struct gate idt[256] __attribute__((aligned(16)));

static void set_gate(unsigned vector, uint8_t ist, uint8_t type)
{
	uint64_t handler = (uint64_t)trap_stubs + vector * STUB_SIZE;

	idt[vector] = (struct gate){
		.offset_low = (uint16_t)handler,
		.selector = SEL_KERNEL_CODE,
		.ist = ist,
		.type = type,
		.offset_middle = (uint16_t)(handler >> 16),
		.offset_high = (uint32_t)(handler >> 32),
	};
}

void idt_fill(void)
{
	for (unsigned vector = 0; vector < ARRAY_SIZE(idt); vector++)
		set_gate(vector, 0, GATE_INTERRUPT);
	set_gate(EXC_BREAKPOINT, 0, GATE_INTERRUPT | GATE_USER);
	set_gate(EXC_OVERFLOW, 0, GATE_INTERRUPT | GATE_USER);
	set_gate(EXC_NMI, IST_NMI, GATE_INTERRUPT);
	set_gate(EXC_DOUBLE_FAULT, IST_DOUBLE_FAULT, GATE_INTERRUPT);
	set_gate(EXC_MACHINE_CHECK, IST_MACHINE_CHECK, GATE_INTERRUPT);
	set_gate(EXC_DEBUG, IST_DEBUG, GATE_INTERRUPT);
}

void idt_load(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = {sizeof(idt) - 1, (uint64_t)idt};

	__asm__ volatile("lidt %0" ::"m"(pointer));
}

/* ---- Dispatch ---- */

/* SDM vol. 3, 6.3.1. */
const char *trap_name(uint64_t vector)
{
	static const char *const names[] = {
		[EXC_DIVIDE] = "divide error",
		[EXC_DEBUG] = "debug",
		[EXC_NMI] = "non-maskable interrupt",
		[EXC_BREAKPOINT] = "breakpoint",
		[EXC_OVERFLOW] = "overflow",
		[EXC_BOUND] = "bound range",
		[EXC_INVALID_OPCODE] = "invalid opcode",
		[EXC_NO_DEVICE] = "no FPU",
		[EXC_DOUBLE_FAULT] = "double fault",
		[EXC_INVALID_TSS] = "invalid TSS",
		[EXC_NOT_PRESENT] = "segment not present",
		[EXC_STACK] = "stack segment",
		[EXC_PROTECTION] = "general protection",
		[EXC_PAGE_FAULT] = "page fault",
		[EXC_X87] = "x87 floating point",
		[EXC_ALIGNMENT] = "alignment",
		[EXC_MACHINE_CHECK] = "machine check",
		[EXC_SIMD] = "SIMD floating point",
	};

	return vector < ARRAY_SIZE(names) && names[vector] ? names[vector] : "reserved";
}

static void exception(struct trap_frame *frame)
{
	/* Before interrupts come back on: another fault would overwrite it. */
	vaddr_t address = frame->vector == EXC_PAGE_FAULT ? read_cr2() : 0;

	if (!current)
		panic_trap(frame, "exception %lu (%s) before there were threads (CR2 %#lx)",
			   frame->vector, trap_name(frame->vector), address);
	if (frame->rflags & RFLAGS_IF)
		irq_enable();
	if (frame->vector == EXC_PAGE_FAULT)
		upcall_page_fault(frame, address);
	else
		upcall_exception(frame);
	irq_disable();
}

static void interrupt(struct trap_frame *frame)
{
	struct cpu *cpu = this_cpu();
	unsigned vector = (unsigned)frame->vector;

	cpu->irq_depth++;
	trace(TRACE_IRQ_ENTER, vector, 0);
	if (vector == VECTOR_TIMER) {
		cpu->timer_ticks++;
		lapic_end_of_interrupt();
		upcall_timer(frame);
	} else if (vector == VECTOR_TLB) {
		lapic_end_of_interrupt();
		tlb_ipi();
	} else if (vector == VECTOR_RESCHEDULE) {
		lapic_end_of_interrupt();
		upcall_ipi_reschedule();
	} else if (vector >= VECTOR_DEVICE && vector < VECTOR_DEVICE_END) {
		upcall_device_irq(ioapic_irq_of(vector));
		lapic_end_of_interrupt();
	}
	/* The rest is spurious (the LAPIC's own, the masked PICs'): no end of interrupt for
	 * those. */
	trace(TRACE_IRQ_EXIT, vector, 0);
	cpu->irq_depth--;
}

void trap_dispatch(struct trap_frame *frame)
{
	if (frame->vector < 32)
		exception(frame);
	else
		interrupt(frame);
	if (!trap_from_user(frame))
		upcall_return_to_kernel(frame);
}

static _Noreturn void double_fault(struct trap_frame *frame)
{
	vaddr_t address = read_cr2(), top;

	if (kstack_is_guard(address, &top))
		panic_trap(frame,
			   "kernel stack overflow: %#lx lies below the stack that ends at %#lx",
			   address, top);
	panic_trap(frame, "double fault (CR2 %#lx)", address);
}

void trap_dispatch_ist(struct trap_frame *frame)
{
	switch (frame->vector) {
	case EXC_NMI:
		smp_stop_if_asked(frame);
		upcall_nmi(frame);
		break;
	case EXC_DOUBLE_FAULT:
		double_fault(frame);
	case EXC_MACHINE_CHECK:
		panic_trap(frame, "machine check: the hardware reports an error");
	default:
		/* The user's are moved to the thread's stack; and the kernel sets no
		 * breakpoints. */
		panic_trap(frame, "debug exception in the kernel");
	}
}

struct trap_frame *trap_refused_iret(struct trap_frame *fault)
{
	struct trap_frame *user = user_frame(cpu_self_unchecked()->kernel_stack_top);

	/* rip to ss, at the top, are what iret was given. The two frames overlap. */
	memmove(user, fault, offsetof(struct trap_frame, rip));
	user->cs = SEL_USER_CODE;
	user->ss = SEL_USER_DATA;
	return user;
}

#if CONFIG_CHECKS
void trap_check_user_return(const struct trap_frame *frame)
{
	struct cpu *cpu = cpu_self_unchecked();

	ASSERT(!irqs_enabled());
	ASSERT(cpu->irq_depth == 0);
	ASSERT(frame == user_frame(cpu->kernel_stack_top));
	ASSERT(trap_from_user(frame));
	ASSERT(frame->rflags & RFLAGS_IF);
	upcall_check_return();
}

void trap_frame_unmarked(const struct trap_frame *frame)
{
	panic_trap(frame,
		   "system call %lu changed callee-saved registers of its frame and did not "
		   "mark it TRAP_MODIFIED",
		   frame->orig_rax);
}
#endif
