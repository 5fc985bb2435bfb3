/* SPDX-License-Identifier: MIT */
/*
 * The interrupt vectors that are not exceptions. The upper four bits are the LAPIC's priority
 * class (SDM vol. 3, 11.8.3); a TLB shootdown, for which another CPU waits, comes before the rest.
 */
#ifndef ARCH_VECTORS_H
#define ARCH_VECTORS_H

#define VECTOR_PIC        0x20 /* the old PICs, masked; only their spurious interrupts come here */
#define VECTOR_DEVICE     0x30 /* + I/O APIC input */
#define VECTOR_DEVICE_END 0xd0
#define VECTOR_TIMER      0xd0
#define VECTOR_RESCHEDULE 0xe0
#define VECTOR_TLB        0xf0
#define VECTOR_SPURIOUS   0xff

#endif
