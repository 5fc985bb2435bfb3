/* SPDX-License-Identifier: MIT */
/*
 * Routes ISA interrupts through the first I/O APIC to the boot CPU. An ISA interrupt may be wired
 * to an input of another number, with other polarity: the MADT's overrides say so (acpi.c).
 */
#include "arch/ioapic.h"

#include "arch/acpi.h"
#include "arch/cpu.h"
#include "arch/io.h"
#include "arch/pagetable.h"
#include "arch/smp.h"
#include "arch/vectors.h"
#include "base/assert.h"

/* Registers are reached through a select and a window register (82093AA, 3.1). */
#define SELECT              0x00
#define WINDOW              0x10
#define REG_VERSION         1
#define REG_REDIRECTION     0x10 /* two per input */
#define REDIRECT_MASKED     (1U << 16)
#define REDIRECT_LEVEL      (1U << 15)
#define REDIRECT_ACTIVE_LOW (1U << 13)

#define PIC1 0x20
#define PIC2 0xa0

static volatile uint32_t *registers; /* const after ioapic_init(), and so the next */
static unsigned input_count;
static unsigned irq_of_input[VECTOR_DEVICE_END - VECTOR_DEVICE]; /* const after irq_route() */

static uint32_t read_register(unsigned index)
{
	registers[SELECT / 4] = index;
	return registers[WINDOW / 4];
}

static void write_register(unsigned index, uint32_t value)
{
	registers[SELECT / 4] = index;
	registers[WINDOW / 4] = value;
}

/* Intel 8259A: initialised so that what they still send is no exception, and masked. */
static void silence_pics(void)
{
	static const uint16_t ports[] = {PIC1, PIC2};

	for (unsigned i = 0; i < 2; i++) {
		outb(ports[i], 0x11);                              /* ICW1: cascade, ICW4 follows */
		outb(ports[i] + 1, (uint8_t)(VECTOR_PIC + 8 * i)); /* ICW2: vectors */
		outb(ports[i] + 1, i == 0 ? 4 : 2);                /* ICW3: joined at input 2 */
		outb(ports[i] + 1, 0x01);                          /* ICW4: 8086 mode */
		outb(ports[i] + 1, 0xff);                          /* all masked */
	}
}

void ioapic_init(void)
{
	silence_pics();
	registers = mmio_map(acpi_info.ioapic, PAGE_SIZE);
	input_count = (read_register(REG_VERSION) >> 16 & 0xff) + 1;
	ASSERT(input_count <= VECTOR_DEVICE_END - VECTOR_DEVICE);
	for (unsigned input = 0; input < input_count; input++)
		write_register(REG_REDIRECTION + 2 * input, REDIRECT_MASKED);
}

void irq_route(unsigned irq)
{
	struct acpi_override route = acpi_isa_route(irq);
	unsigned input = route.input;
	uint32_t low = VECTOR_DEVICE + input;

	ASSERT(input < input_count);
	if (route.active_low)
		low |= REDIRECT_ACTIVE_LOW;
	if (route.level)
		low |= REDIRECT_LEVEL;
	irq_of_input[input] = irq;
	write_register(REG_REDIRECTION + 2 * input + 1, cpu_by_id(0)->apic_id << 24);
	write_register(REG_REDIRECTION + 2 * input, low);
}

unsigned ioapic_irq_of(unsigned vector)
{
	return irq_of_input[vector - VECTOR_DEVICE];
}
