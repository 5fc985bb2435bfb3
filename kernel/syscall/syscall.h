/* SPDX-License-Identifier: MIT */
/*
 * The system call layer: check, copy in, call down, copy out. One function per call, named sys_NAME, in sys_{proc,mm,
 * file,ipc,time}.c; the table that maps numbers to them is an expansion of lib/abi/syscall_table.h.
 */
#ifndef SYSCALL_SYSCALL_H
#define SYSCALL_SYSCALL_H

#include "arch/trap.h"
#include "arch/types.h"

struct syscall_arguments {
	uint64_t a, b, c, d, e, f; /* rdi rsi rdx r10 r8 r9 */
};
typedef long syscall_function(const struct syscall_arguments *arguments);

/* Runs the call that the frame asks for and leaves its result in frame->rax. Missing ones answer -ENOSYS and are
 * logged once by name. */
void syscall_dispatch(struct trap_frame *frame);

#endif
