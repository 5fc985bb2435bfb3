/* SPDX-License-Identifier: MIT */
/* What a backtrace has to know of stacks. */
#ifndef ARCH_STACK_H
#define ARCH_STACK_H

#include "arch/types.h"

struct cpu;

/* The stack of `cpu` (its thread's, the boot stack, an IST stack) that `address` lies in, as [low,
 * high); an empty one for any other address. */
void stack_bounds(const struct cpu *cpu, uint64_t address, uint64_t *low, uint64_t *high);
/* `rip` is where C returns to the entry code: a trap frame lies above the return address. */
bool stack_is_trap_return(uint64_t rip);

#endif
