/* SPDX-License-Identifier: MIT */
/*
 * The other CPUs: starting them (SDM vol. 3, 9.4: INIT, then startup IPIs), asking them to
 * reschedule, and stopping them for good when one panics. CPUs are numbered in the order in which
 * they came up.
 */
#include "arch/smp.h"

#include "arch/acpi.h"
#include "arch/ap.h"
#include "arch/clock.h"
#include "arch/cpu_setup.h"
#include "arch/fpu.h"
#include "arch/gdt.h"
#include "arch/ioapic.h"
#include "arch/lapic.h"
#include "arch/layout.h"
#include "arch/pte.h"
#include "arch/regs.h"
#include "arch/smp_stop.h"
#include "arch/upcall.h"
#include "arch/vectors.h"
#include "base/assert.h"
#include "base/printk.h"
#include "base/trace.h"
#include "lib/string.h"
#include "lib/util.h"
#include "mm/frame.h"

#define START_LIMIT_NS (2 * NS_PER_SEC)
#define STOP_LIMIT_NS  (100 * NS_PER_MS)

/* ---- Interrupts ---- */

void interrupts_init(void)
{
	ioapic_init();
	lapic_map();
	lapic_enable();
	cpu_by_id(0)->apic_id = lapic_id();
}

void ipi_reschedule(unsigned id)
{
	trace(TRACE_IPI, VECTOR_RESCHEDULE, id);
	lapic_send_vector(cpu_by_id(id)->apic_id, VECTOR_RESCHEDULE);
}

/* ---- Start ---- */

/* On the new CPU, on its idle thread's stack, which is all it has. */
void ap_start(struct cpu *cpu)
{
	cpu_setup(cpu);
	fpu_init();
	lapic_enable();
	ASSERT(lapic_id() == cpu->apic_id);
	cpu_publish(cpu->id);
	/* A shootdown that did not count us yet is made up for: all this CPU may have cached since
	 * it has the kernel's table. Global entries go with CR4.PGE. */
	uint64_t cr4 = read_cr4();
	write_cr4(cr4 ^ CR4_PGE);
	write_cr4(cr4);
	upcall_cpu_start();
}

static struct cpu_tables *alloc_tables(void)
{
	unsigned order = 0;

	while ((PAGE_SIZE << order) < sizeof(struct cpu_tables))
		order++;
	struct frame *frame = frame_alloc(order, FRAME_ZERO);
	return frame ? frame_vaddr(frame) : NULL;
}

static void send_start(uint32_t apic_id)
{
	lapic_send_init(apic_id);
	clock_delay_us(10000);
	/* The second is for old CPUs that miss the first; one that runs ignores it. */
	for (unsigned i = 0; i < 2; i++) {
		lapic_send_startup(apic_id, AP_TRAMPOLINE >> PAGE_SHIFT);
		clock_delay_us(200);
	}
}

/* False: it did not come up. */
static bool start_cpu(unsigned id, uint32_t apic_id, struct thread *idle, vaddr_t stack_top)
{
	struct cpu *cpu = cpu_by_id(id);
	uint64_t limit;

	*cpu = (struct cpu){.id = id, .apic_id = apic_id, .tables = alloc_tables()};
	if (!cpu->tables)
		return false;
	cpu->current_thread = idle;
	cpu->kernel_stack_top = stack_top;
	tss_set_kernel_stack(cpu, stack_top);

	ap_root = kernel_pagetable_root();
	ap_stack_top = stack_top;
	ap_cpu = cpu;
	atomic_thread_fence(memory_order_seq_cst); /* the other CPU reads them */
	send_start(apic_id);

	limit = clock_now() + START_LIMIT_NS;
	while (cpu_count() == id && clock_now() < limit)
		cpu_relax();
	return cpu_count() > id;
}

void smp_start(struct thread *(*make_idle)(unsigned id), vaddr_t (*stack_top)(struct thread *))
{
	/* The start code is linked at its physical address. */
	memcpy(phys_to_virt(AP_TRAMPOLINE), phys_to_virt((paddr_t)ap_trampoline),
	       (size_t)(ap_trampoline_end - ap_trampoline));

	for (unsigned i = 0; i < acpi_info.cpu_count; i++) {
		uint32_t apic_id = acpi_info.apic_ids[i];
		unsigned id = cpu_count();

		if (apic_id == cpu_by_id(0)->apic_id)
			continue;
		struct thread *idle = make_idle(id);
		if (!idle || !start_cpu(id, apic_id, idle, stack_top(idle))) {
			/* It may still come up late: it must not find the next one's stack. */
			printk("smp: CPU with APIC number %u did not start, going on with %u\n",
			       apic_id, cpu_count());
			return;
		}
	}
}

/* ---- Stop ---- */

static _Atomic cpumask_t stop_asked, stopped;
static const struct trap_frame *stopped_at[MAX_CPUS]; /* written before the bit in `stopped` */

void smp_stop_if_asked(const struct trap_frame *frame)
{
	unsigned id = cpu_self_unchecked()->id;

	if (!(atomic_load(&stop_asked) & BIT(id)))
		return;
	stopped_at[id] = frame;
	atomic_fetch_or(&stopped, BIT(id));
	for (;;)
		__asm__ volatile("cli; hlt");
}

void smp_park(const struct trap_frame *frame)
{
	for (;;) {
		smp_stop_if_asked(frame);
		cpu_relax();
	}
}

void smp_stop_others(void)
{
	unsigned self = cpu_self_unchecked()->id;
	cpumask_t others = (cpu_count() == MAX_CPUS ? ~0UL : BIT(cpu_count()) - 1) & ~BIT(self);
	uint64_t limit = clock_now() + STOP_LIMIT_NS;

	atomic_fetch_or(&stop_asked, others);
	for (unsigned id = 0; id < cpu_count(); id++)
		if (id != self)
			lapic_send_nmi(cpu_by_id(id)->apic_id);
	while ((atomic_load(&stopped) & others) != others && clock_now() < limit)
		cpu_relax();
}

const struct trap_frame *smp_stopped_at(unsigned id)
{
	return atomic_load(&stopped) & BIT(id) ? stopped_at[id] : NULL;
}
