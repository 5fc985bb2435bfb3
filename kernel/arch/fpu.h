/* SPDX-License-Identifier: MIT */
/*
 * x87, SSE and AVX state of user threads. The kernel itself is built without it, so it is saved
 * when a thread leaves the CPU and loaded when it comes back. XSAVE where the CPU has it, FXSAVE
 * otherwise (SDM vol. 1, 13). The area is 64-byte aligned; its size is known after fpu_init().
 */
#ifndef ARCH_FPU_H
#define ARCH_FPU_H

#include "arch/types.h"

void fpu_init(void);         /* each CPU: CR0, CR4, XCR0 */
size_t fpu_area_size(void);  /* bytes of one thread's area, and of the state in a signal frame */
uint64_t fpu_features(void); /* XCR0, or 0 where FXSAVE is used */

void fpu_area_init(void *area);  /* the state that the ABI gives a new program */
void fpu_save(void *area);       /* registers to area; preemption off */
void fpu_load(const void *area); /* area (made by us) to registers; preemption off */

/* Checks and cleans an area that came from a user's signal frame (MXCSR, XSAVE header), so that
 * fpu_load() of it cannot fault. False: the frame is bad. */
bool must_check fpu_area_sanitize(void *area);

#endif
