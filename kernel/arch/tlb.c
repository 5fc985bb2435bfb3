/* SPDX-License-Identifier: MIT */
/*
 * TLB shootdown. A CPU may go on using a translation that it has cached after the entry has
 * changed, so before a frame is given to someone else every CPU that may have cached it must be
 * told, and must have answered.
 *
 *     initiator                                   CPU that has the table loaded
 *     change the entries
 *     fence, read table->loaded_on
 *     fill in requests[self], pending = the set
 *     set own bit in inbox[other], send IPI  ──►  tlb_ipi(): take all bits of the inbox;
 *     wait until pending is empty                   for each: flush what requests[bit] says,
 *                                             ◄──   clear own bit in its pending
 *
 * The other half of the protocol is pagetable_switch(): it sets the CPU's bit in loaded_on before
 * it loads CR3. Either the initiator sees the bit, or the load of CR3 comes after the change and
 * finds the new entry.
 *
 * An initiator has preemption off (one request per CPU is enough) and interrupts on (two
 * initiators answer each other); it holds no spinlock, for the other CPU may be spinning on it
 * with interrupts off.
 *
 * Entry points: tlb_shootdown, tlb_shootdown_kernel, tlb_flush_alone, tlb_evict, tlb_flush_local;
 * tlb_ipi from trap.c.
 */
#include "arch/tlb.h"

#include "arch/cpu.h"
#include "arch/irq.h"
#include "arch/lapic.h"
#include "arch/regs.h"
#include "arch/tlb_ipi.h"
#include "arch/vectors.h"
#include "base/assert.h"
#include "base/spinlock.h"
#include "base/trace.h"
#include "lib/util.h"

#include <stdatomic.h>

/* More pages than this are not flushed one by one. */
#define FLUSH_PAGES_MAX 32

enum request_kind { FLUSH_USER, FLUSH_KERNEL, EVICT };

struct request {
	/* const while pending is not empty: written by the initiator before, read by the others */
	enum request_kind kind;
	struct page_table *table;
	vaddr_t start, end;
	/* [atomic] who has not answered yet; release by each, acquire by the initiator */
	_Atomic cpumask_t pending;
};

static struct request requests[MAX_CPUS]; /* by initiator */
static _Atomic cpumask_t inbox[MAX_CPUS]; /* by target: who wants something of it */

/* ---- What a CPU does for itself ---- */

void tlb_flush_local(vaddr_t address)
{
	invlpg(address);
}

static bool is_long(vaddr_t start, vaddr_t end)
{
	return end - start > FLUSH_PAGES_MAX * PAGE_SIZE;
}

static void flush_pages(vaddr_t start, vaddr_t end)
{
	for (vaddr_t address = start; address < end; address += PAGE_SIZE)
		invlpg(address);
}

/* Interrupts off: an eviction in between would have this load the evicted table again. */
static void flush_user(void)
{
	uint64_t flags = irq_save();

	write_cr3(read_cr3());
	irq_restore(flags);
}

/* Kernel pages are global: only a change of CR4.PGE drops them all (SDM vol. 3, 4.10.4.1). */
static void flush_everything(void)
{
	uint64_t cr4 = read_cr4();

	write_cr4(cr4 ^ CR4_PGE);
	write_cr4(cr4);
}

/* Interrupts off, or preemption off on the initiator itself: `page_table` and CR3 agree. */
static void carry_out(const struct request *request)
{
	struct cpu *cpu = this_cpu();

	if (request->kind == FLUSH_KERNEL) {
		if (is_long(request->start, request->end))
			flush_everything();
		else
			flush_pages(request->start, request->end);
		return;
	}
	/* Not loaded any more: the load of CR3 has flushed it. */
	if (cpu->page_table != request->table)
		return;
	if (request->kind == EVICT)
		pagetable_switch(NULL);
	else if (is_long(request->start, request->end))
		flush_user();
	else
		flush_pages(request->start, request->end);
}

void tlb_ipi(void)
{
	cpumask_t self = BIT(this_cpu()->id);
	/* acquire: the requests of those whose bits we see are filled in */
	cpumask_t from = atomic_exchange_explicit(&inbox[this_cpu()->id], 0, memory_order_acquire);

	for (; from; from &= from - 1) {
		struct request *request = &requests[__builtin_ctzl(from)];

		carry_out(request);
		/* release: flushed before the initiator goes on; the last touch of the request */
		atomic_fetch_and_explicit(&request->pending, ~self, memory_order_release);
	}
}

/* ---- What it asks of others ---- */

/* Preemption off, interrupts on. */
static void ask_others(const struct cpu *self, cpumask_t others)
{
	struct request *request = &requests[self->id];

	atomic_store_explicit(&request->pending, others, memory_order_relaxed);
	for (cpumask_t left = others; left; left &= left - 1) {
		unsigned id = (unsigned)__builtin_ctzl(left);

		/* release: the request is complete before its bit shows */
		atomic_fetch_or_explicit(&inbox[id], BIT(self->id), memory_order_release);
		trace(TRACE_IPI, VECTOR_TLB, id);
		lapic_send_vector(cpu_by_id(id)->apic_id, VECTOR_TLB);
	}
	while (atomic_load_explicit(&request->pending, memory_order_acquire))
		cpu_relax();
}

/* `who` is read only after the fence: it may be table->loaded_on. */
static void shoot_down(const struct request *wanted, const _Atomic cpumask_t *who)
{
	assert_may_sleep("wait for a TLB shootdown");
	preempt_disable();

	struct cpu *cpu = this_cpu();
	struct request *request = &requests[cpu->id];

	ASSERT(atomic_load(&request->pending) == 0);
	request->kind = wanted->kind;
	request->table = wanted->table;
	request->start = wanted->start;
	request->end = wanted->end;

	/* The caller's changes before the reading of the mask: pairs with the setting of the bit in
	 * pagetable_switch(). */
	atomic_thread_fence(memory_order_seq_cst);
	cpumask_t mask = atomic_load(who);

	if (mask & BIT(cpu->id))
		carry_out(request);
	if (mask & ~BIT(cpu->id))
		ask_others(cpu, mask & ~BIT(cpu->id));
	preempt_enable_check();
}

void tlb_shootdown(struct page_table *table, vaddr_t start, vaddr_t end)
{
	struct request request = {.kind = FLUSH_USER, .table = table, .start = start, .end = end};

	shoot_down(&request, &table->loaded_on);
}

bool tlb_flush_alone(struct page_table *table, vaddr_t address)
{
	cpumask_t self = BIT(this_cpu()->id), mask;

	/* As in shoot_down(). */
	atomic_thread_fence(memory_order_seq_cst);
	mask = atomic_load(&table->loaded_on);
	if (mask & ~self)
		return false;
	if (mask & self)
		invlpg(address);
	return true;
}

void tlb_evict(struct page_table *table)
{
	struct request request = {.kind = EVICT, .table = table};

	if (atomic_load(&table->loaded_on) == 0)
		return;
	shoot_down(&request, &table->loaded_on);
	ASSERT(atomic_load(&table->loaded_on) == 0);
}

void tlb_shootdown_kernel(vaddr_t start, vaddr_t end)
{
	struct request request = {.kind = FLUSH_KERNEL, .start = start, .end = end};
	/* A CPU that comes up after this was read flushes all before it counts itself (smp.c). */
	_Atomic cpumask_t everyone = cpu_count() == MAX_CPUS ? ~0UL : BIT(cpu_count()) - 1;

	shoot_down(&request, &everyone);
}
