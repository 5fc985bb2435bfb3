/* SPDX-License-Identifier: MIT */
/* The local APIC: this CPU's interrupts, timer, and messages to other CPUs. SDM vol. 3, 11. */
#ifndef ARCH_LAPIC_H
#define ARCH_LAPIC_H

#include "arch/types.h"

/* Maps the registers; once, on the boot CPU, after acpi_init(). */
void lapic_map(void);
/* Turns it on, with LINT1 as NMI and the timer one-shot and silent; each CPU. */
void lapic_enable(void);
uint32_t lapic_id(void);
void lapic_end_of_interrupt(void);

/* The timer counts down from `ticks` (0: off) and then interrupts once. */
void lapic_timer_start(uint32_t ticks);
uint32_t lapic_timer_left(void);
/* Lets it count without interrupting, for calibration. */
void lapic_timer_mask(bool masked);

/* Messages to the CPU with this APIC number. Any context (interrupts are turned off inside). */
void lapic_send_vector(uint32_t apic_id, unsigned vector);
void lapic_send_nmi(uint32_t apic_id);
void lapic_send_init(uint32_t apic_id);
/* The CPU begins in real mode at physical `page` << 12. */
void lapic_send_startup(uint32_t apic_id, unsigned page);

#endif
