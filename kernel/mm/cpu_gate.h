/* SPDX-License-Identifier: MIT */
/*
 * The gate of a per-CPU cache: nearly free for the CPU that owns the cache, yet others can come in.
 *
 * The owner enters with interrupts off and so is never interrupted inside; it finds the gate shut
 * only while another CPU is emptying the cache, and then it does not wait but takes the slow way
 * round the cache. The one that empties does wait: for the few instructions that an owner stays
 * inside.
 */
#ifndef MM_CPU_GATE_H
#define MM_CPU_GATE_H

#include "arch/cpu.h"
#include "arch/irq.h"

#include <stdatomic.h>

struct cpu_gate {
	_Atomic bool shut;
};

/* Interrupts off. True: the caller is inside. acquire: sees what the last one inside did. */
static inline bool must_check gate_try_enter(struct cpu_gate *gate)
{
	return !atomic_exchange_explicit(&gate->shut, true, memory_order_acquire);
}

/* For another CPU's cache. Interrupts off. */
static inline void gate_enter(struct cpu_gate *gate)
{
	while (!gate_try_enter(gate))
		cpu_relax();
}

static inline void gate_leave(struct cpu_gate *gate)
{
	atomic_store_explicit(&gate->shut, false, memory_order_release);
}

#endif
