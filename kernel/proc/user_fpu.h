/* SPDX-License-Identifier: MIT */
/*
 * The floating-point state of the current user thread, which is in the registers while the thread
 * runs, on its way to a new program, to the frame of a signal handler and back. The layout in the
 * frame is Linux's: an FXSAVE or XSAVE area, of which the bytes for software say what it is, and
 * behind an XSAVE area a second magic number.
 */
#ifndef PROC_USER_FPU_H
#define PROC_USER_FPU_H

#include "arch/types.h"

void user_fpu_init(void);
/* The state that the ABI gives a new program, into the registers. */
void user_fpu_reset(void);
/* Bytes of the state in a frame; where it starts is a multiple of USER_FPU_ALIGNMENT. */
size_t user_fpu_frame_bytes(void);
#define USER_FPU_ALIGNMENT 64
/* The state is one of XSAVE: UC_FP_XSTATE. */
bool user_fpu_is_extended(void);
/* From the registers to the frame. -EFAULT. May sleep. */
int must_check user_fpu_to_frame(user_addr_t to);
/* From the frame to the registers (0: the state of a new program). False: the frame's state is bad.
 * May sleep. */
bool must_check user_fpu_from_frame(user_addr_t from);

#endif
