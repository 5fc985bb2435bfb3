/* SPDX-License-Identifier: MIT */
#include "proc/settle.h"

#include "mm/frame.h"
#include "mm/kstack.h"
#include "mm/slab.h"
#include "sched/thread.h"

void kernel_settle(void)
{
	/* From the top down: each gives back to the next. */
	thread_settle();
	kstack_drain();
	slab_drain();
	frame_drain_caches();
}

size_t settled_frames(void)
{
	struct frame_counts counts;

	frame_counts(&counts);
	return counts.free + slab_frames();
}
