/* SPDX-License-Identifier: MIT */
#include "sync/lock_report.h"

#if CONFIG_CHECKS

#include "base/assert.h"
#include "base/printk.h"
#include "sched/thread.h"
#include "sync/lock_check.h"

static void print_held(struct thread *thread, void *any)
{
	for (uint32_t left = thread->holds_used; left; left &= left - 1) {
		const struct lock_hold *hold = &thread->holds[__builtin_ctz(left)];
		struct lock_place taken = {hold->taken_at, thread->tid};

		printk("  %s \"%s\", taken at %s\n", hold->lock->kind, hold->lock->name,
		       lock_place_text(taken).text);
		*(bool *)any = true;
	}
}

static void print_all_held(void)
{
	bool any = false;

	thread_for_each(print_held, &any);
	if (!any)
		printk("  none\n");
}

static struct panic_reporter reporter = {.title = "Sleeping locks held", .report = print_all_held};

void lock_report_init(void)
{
	panic_add_reporter(&reporter);
}

#else

void lock_report_init(void)
{
}

#endif
