/* SPDX-License-Identifier: MIT */
/* What the firmware's ACPI tables say about CPUs, interrupt controllers and the HPET. */
#ifndef ARCH_ACPI_H
#define ARCH_ACPI_H

#include "arch/types.h"

struct acpi_override {
	unsigned irq;   /* ISA */
	unsigned input; /* global interrupt number */
	bool active_low, level;
};

struct acpi_info {
	paddr_t lapic;
	paddr_t ioapic;     /* the one whose inputs begin at global interrupt number 0 */
	paddr_t hpet;       /* 0: none */
	unsigned cpu_count; /* usable ones, cut to MAX_CPUS */
	uint32_t apic_ids[MAX_CPUS];
	unsigned override_count;
	struct acpi_override overrides[16];
};
/* const after acpi_init() */
extern struct acpi_info acpi_info;

/* Reads the tables; boot CPU, while the boot page table still maps the first 4 GiB: they may lie
 * outside of what the memory map calls RAM. */
void acpi_init(void);
/* How an ISA interrupt is wired. */
struct acpi_override acpi_isa_route(unsigned irq);

#endif
