/* SPDX-License-Identifier: MIT */
/* The I/O APIC (Intel 82093AA): devices' interrupts, and the old PICs put to sleep. */
#ifndef ARCH_IOAPIC_H
#define ARCH_IOAPIC_H

#include "arch/types.h"

/* Masks the PICs and every input. Boot CPU, after acpi_init(). */
void ioapic_init(void);
/* The interrupt number that was given to irq_route() for this vector. */
unsigned ioapic_irq_of(unsigned vector);

#endif
