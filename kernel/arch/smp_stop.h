/* SPDX-License-Identifier: MIT */
/* From trap.c to smp.c. */
#ifndef ARCH_SMP_STOP_H
#define ARCH_SMP_STOP_H

struct trap_frame;

/* In NMI context: if another CPU wants this one stopped (smp_stop_others()), does not return. */
void smp_stop_if_asked(const struct trap_frame *frame);

#endif
