/* SPDX-License-Identifier: MIT */
#include "sched/watchdog.h"

#include "arch/clock.h"
#include "base/assert.h"
#include "base/boot_info.h"
#include "lib/util.h"

#define LIMIT_S 10

static uint64_t limit_ns; /* const after boot; 0: no watchdog */

/* How long something that should change has been as it is. */
struct stopwatch {
	uint64_t seen;
	uint64_t waited; /* ns */
};

/* [this CPU, interrupts off] */
static struct watch {
	uint64_t last_tick;
	struct stopwatch switches;   /* of this CPU */
	struct stopwatch interrupts; /* of the next CPU in the ring */
} watches[MAX_CPUS];

/* True: `value` has been the same for too long while `waiting` was true all the time. */
static bool stands_still(struct stopwatch *watch, bool waiting, uint64_t value, uint64_t step)
{
	if (!waiting || watch->seen != value)
		*watch = (struct stopwatch){value, 0};
	else
		watch->waited += step;
	return watch->waited >= limit_ns;
}

/* Read without its lock, which its CPU may hold for ever: as a stopwatch. */
static void watch_neighbour(struct watch *watch, unsigned id, uint64_t step)
{
	const struct run_queue *rq = runq_of(id);
	bool waiting = runq_ready_count(rq) > 0;
	uint64_t interrupts = *(volatile uint64_t *)&cpu_by_id(id)->timer_ticks;

	if (stands_still(&watch->interrupts, waiting, interrupts, step))
		panic("watchdog: threads wait for CPU %u, which takes no interrupts for %lu s", id,
		      limit_ns / NS_PER_SEC);
}

void watchdog_tick_locked(struct run_queue *rq, uint64_t now)
{
	struct watch *watch = &watches[rq->id];
	uint64_t step = MIN(now - watch->last_tick, 2 * sched_quantum());
	unsigned neighbour = (rq->id + 1) % cpu_count();

	watch->last_tick = now;
	if (!limit_ns)
		return;
	if (stands_still(&watch->switches, !list_empty(&rq->ready), rq->switches, step))
		panic("watchdog: thread %d (%s) keeps CPU %u for %lu s while others wait for it",
		      rq->running->tid, rq->running->name, rq->id, limit_ns / NS_PER_SEC);
	if (neighbour != rq->id)
		watch_neighbour(watch, neighbour, step);
}

void watchdog_init(void)
{
	limit_ns = boot_option_number("watchdog", LIMIT_S, 0, 3600) * NS_PER_SEC;
}
