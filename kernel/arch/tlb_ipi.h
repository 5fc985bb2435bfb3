/* SPDX-License-Identifier: MIT */
/* From trap.c to tlb.c. */
#ifndef ARCH_TLB_IPI_H
#define ARCH_TLB_IPI_H

/* VECTOR_TLB: does what the other CPUs ask of this one. Interrupts off. */
void tlb_ipi(void);

#endif
