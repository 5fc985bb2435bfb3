/* SPDX-License-Identifier: MIT */
/*
 * The local APIC in its memory-mapped form (xAPIC), SDM vol. 3, 11.4. Every CPU sees its own at
 * the same address. No locks: a CPU touches only its own, with interrupts off where a command is
 * two writes.
 */
#include "arch/lapic.h"

#include "arch/acpi.h"
#include "arch/cpu.h"
#include "arch/irq.h"
#include "arch/pagetable.h"
#include "arch/regs.h"
#include "arch/vectors.h"
#include "base/assert.h"

/* Byte offsets of the registers, SDM vol. 3, table 11-1. */
enum {
	REG_ID = 0x20,
	REG_TASK_PRIORITY = 0x80,
	REG_EOI = 0xb0,
	REG_SPURIOUS = 0xf0,
	REG_ERROR_STATUS = 0x280,
	REG_COMMAND_LOW = 0x300,
	REG_COMMAND_HIGH = 0x310,
	REG_LVT_TIMER = 0x320,
	REG_LVT_LINT0 = 0x350,
	REG_LVT_LINT1 = 0x360,
	REG_LVT_ERROR = 0x370,
	REG_TIMER_INITIAL = 0x380,
	REG_TIMER_CURRENT = 0x390,
	REG_TIMER_DIVIDE = 0x3e0,
};

#define SPURIOUS_ENABLE  (1U << 8)
#define LVT_MASKED       (1U << 16)
#define LVT_NMI          (4U << 8)
#define DIVIDE_BY_1      0xbU
#define COMMAND_NMI      (4U << 8)
#define COMMAND_INIT     (5U << 8)
#define COMMAND_STARTUP  (6U << 8)
#define COMMAND_ASSERT   (1U << 14)
#define COMMAND_PENDING  (1U << 12)
#define APIC_BASE_X2APIC (1UL << 10)

static volatile uint32_t *registers; /* const after lapic_map() */

static uint32_t read_register(unsigned offset)
{
	return registers[offset / 4];
}

static void write_register(unsigned offset, uint32_t value)
{
	registers[offset / 4] = value;
}

void lapic_map(void)
{
	if (rdmsr(MSR_APIC_BASE) & APIC_BASE_X2APIC)
		panic("the firmware left the LAPIC in x2APIC mode, which Tarae does not know");
	registers = mmio_map(acpi_info.lapic, PAGE_SIZE);
}

void lapic_enable(void)
{
	write_register(REG_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	write_register(REG_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
	write_register(REG_LVT_LINT0, LVT_MASKED);
	write_register(REG_LVT_LINT1, LVT_NMI);
	write_register(REG_LVT_ERROR, LVT_MASKED);
	write_register(REG_TIMER_DIVIDE, DIVIDE_BY_1);
	write_register(REG_TIMER_INITIAL, 0);
	write_register(REG_LVT_TIMER, VECTOR_TIMER); /* one-shot mode */
	write_register(REG_ERROR_STATUS, 0);
	write_register(REG_TASK_PRIORITY, 0);
	write_register(REG_EOI, 0);
}

uint32_t lapic_id(void)
{
	return read_register(REG_ID) >> 24;
}

void lapic_end_of_interrupt(void)
{
	write_register(REG_EOI, 0);
}

void lapic_timer_start(uint32_t ticks)
{
	write_register(REG_TIMER_INITIAL, ticks);
}

uint32_t lapic_timer_left(void)
{
	return read_register(REG_TIMER_CURRENT);
}

void lapic_timer_mask(bool masked)
{
	write_register(REG_LVT_TIMER, VECTOR_TIMER | (masked ? LVT_MASKED : 0));
}

/* SDM vol. 3, 11.6.1. The second write sends; an interrupt between the two might send its own. */
static void send(uint32_t apic_id, uint32_t command)
{
	uint64_t flags = irq_save();

	while (read_register(REG_COMMAND_LOW) & COMMAND_PENDING)
		cpu_relax();
	write_register(REG_COMMAND_HIGH, apic_id << 24);
	write_register(REG_COMMAND_LOW, command);
	irq_restore(flags);
}

void lapic_send_vector(uint32_t apic_id, unsigned vector)
{
	send(apic_id, COMMAND_ASSERT | vector);
}

void lapic_send_nmi(uint32_t apic_id)
{
	send(apic_id, COMMAND_ASSERT | COMMAND_NMI);
}

void lapic_send_init(uint32_t apic_id)
{
	send(apic_id, COMMAND_ASSERT | COMMAND_INIT);
}

void lapic_send_startup(uint32_t apic_id, unsigned page)
{
	send(apic_id, COMMAND_ASSERT | COMMAND_STARTUP | page);
}
