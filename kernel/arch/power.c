/* SPDX-License-Identifier: MIT */
/* Ending the machine, by whatever there is to end it. */
#include "arch/power.h"

#include "arch/io.h"
#include "arch/irq.h"
#include "arch/regs.h"

#define DEBUG_EXIT       0xf4 /* QEMU's isa-debug-exit */
#define Q35_PM1_CONTROL  0x604
#define PM1_SOFT_OFF     (1 << 13) /* SLP_EN with SLP_TYP 0: S5 on QEMU's q35 */
#define RESET_CONTROL    0xcf9     /* ICH9 */
#define RESET_HARD       0x06
#define KEYBOARD_COMMAND 0x64
#define KEYBOARD_RESET   0xfe

#define COM1_LINE_STATUS  0x3fd
#define COM2_LINE_STATUS  0x2fd
#define TRANSMITTER_EMPTY 0x40

/* What was printed last is still in the UARTs. */
static void drain(uint16_t line_status)
{
	for (unsigned i = 0; i < 100000 && !(inb(line_status) & TRANSMITTER_EMPTY); i++)
		cpu_relax();
}

static _Noreturn void halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

_Noreturn void machine_end(enum machine_end how)
{
	irq_disable();
	drain(COM1_LINE_STATUS);
	drain(COM2_LINE_STATUS);
	outl(DEBUG_EXIT, how);
	if (how == END_POWER_OFF)
		outw(Q35_PM1_CONTROL, PM1_SOFT_OFF);
	halt();
}

_Noreturn void machine_reset(void)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) no_idt;

	irq_disable();
	drain(COM1_LINE_STATUS);
	drain(COM2_LINE_STATUS);
	outb(RESET_CONTROL, RESET_HARD);
	outb(KEYBOARD_COMMAND, KEYBOARD_RESET);
	/* An exception without a table is a triple fault, and that a reset. */
	__asm__ volatile("lidt %0; int3" ::"m"(no_idt));
	halt();
}
