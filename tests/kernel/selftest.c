/* SPDX-License-Identifier: MIT */
/*
 * Tests that fail on purpose, each in a way that the test runner must notice and explain
 * (tests/boot/runner.py). Being called selftest_*, they run only when asked for by name.
 */
#include "arch/irq.h"
#include "arch/power.h"
#include "base/assert.h"
#include "base/ktest.h"

/* Deaf to everything but an NMI. Halted: a loop would keep a core of the host busy. */
KTEST(selftest_hang)
{
	irq_disable();
	for (;;)
		__asm__ volatile("hlt");
}

KTEST(selftest_panic)
{
	panic("on request");
}

/* With an empty IDT the exception cannot be delivered, nor the double fault that follows. */
KTEST(selftest_triple)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) no_idt = {0, 0};

	irq_disable();
	__asm__ volatile("lidt %0; ud2" : : "m"(no_idt));
}

KTEST(selftest_fail)
{
	KTEST_EQUAL(1 + 1, 3);
}

KTEST(selftest_silent)
{
	machine_end(END_POWER_OFF);
}
