/* SPDX-License-Identifier: MIT */
/* The floating-point registers of the current user thread. */
#ifndef PROC_USER_FPU_H
#define PROC_USER_FPU_H

#include "arch/fpu.h"
#include "sched/sched.h"

/* Puts them into the state that the ABI gives a new program. */
static inline void user_fpu_reset(void)
{
	/* While it is off, no switch saves the old registers over the new area. */
	preempt_disable();
	fpu_area_init(current->fpu);
	fpu_load(current->fpu);
	preempt_enable();
}

#endif
