/* SPDX-License-Identifier: MIT */
#include "sync/lock_report.h"

#if CONFIG_CHECKS

#include "base/printk.h"
#include "base/symbols.h"
#include "sched/thread.h"
#include "sync/mutex.h"

/* Bounded: in a panic the list itself may be what is broken. */
#define HELD_MAX 16

static void print_held(struct thread *thread, void *unused)
{
	unsigned left = HELD_MAX;

	(void)unused;
	for (const struct mutex *mutex = thread->mutexes_held; mutex && left > 0;
	     mutex = mutex->previous_held, left--) {
		size_t offset = 0;
		const char *place = symbol_lookup(mutex->taken_at, &offset);

		printk("  thread %d (%s) holds mutex \"%s\", taken at %s+%#zx\n", thread->tid,
		       thread->name, mutex->name, place ? place : "?", offset);
	}
}

static void print_all_held(void)
{
	thread_for_each(print_held, NULL);
}

static struct panic_reporter reporter = {.title = "Mutexes held", .report = print_all_held};

void lock_report_init(void)
{
	panic_add_reporter(&reporter);
}

#else

void lock_report_init(void)
{
}

#endif
