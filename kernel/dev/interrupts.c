/* SPDX-License-Identifier: MIT */
#include "dev/interrupts.h"

#include "arch/smp.h"
#include "base/assert.h"
#include "base/printk.h"

#define IRQ_COUNT 24 /* inputs of the first I/O APIC */

static void (*handlers[IRQ_COUNT])(void); /* const after boot */

void interrupt_register(unsigned irq, void (*handler)(void))
{
	ASSERT(irq < IRQ_COUNT && !handlers[irq]);
	handlers[irq] = handler;
	irq_route(irq);
}

void interrupt_dispatch(unsigned irq)
{
	if (irq < IRQ_COUNT && handlers[irq])
		handlers[irq]();
	else
		printk("interrupt %u: no driver has claimed it\n", irq);
}
