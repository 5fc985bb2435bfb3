/* SPDX-License-Identifier: MIT */
/*
 * The watchdog: panics when threads wait for a CPU that has switched to none of them for 10 s,
 * because the kernel runs there with preemption off for ever; and, seen from its neighbour, when
 * such a CPU does not even take timer interrupts.
 *
 * The 10 s are the CPU's own, counted in timer interrupts, each for no more than two slices: a
 * machine that stands still, under a debugger or on a busy host, does not set it off.
 */
#ifndef SCHED_WATCHDOG_H
#define SCHED_WATCHDOG_H

#include "sched/runq.h"

/* Reads watchdog=, the seconds; 0: off. Boot. */
void watchdog_init(void);
/* At each timer interrupt of the CPU whose run queue, locked, this is; `now` in ns. */
void watchdog_tick_locked(struct run_queue *rq, uint64_t now);

#endif
