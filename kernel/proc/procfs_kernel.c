/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own threads in /proc/0/task. They are in no table by number: the list of all threads
 * is walked, which is long only when somebody has many user threads.
 */
#include "proc/procfs_entry.h"

int kernel_thread_number(const struct thread *thread)
{
	return thread->tid ? thread->tid : TID_MAX + (int)thread->cpu; /* an idle thread stays */
}

static bool is_kernel_thread(const struct thread *thread)
{
	return thread->process == &kernel_process;
}

struct search {
	int number;           /* from which on, or which exactly */
	int best;             /* -1: none yet */
	struct thread *found; /* referenced */
};

static void look_for(struct thread *thread, void *argument)
{
	struct search *search = argument;

	/* One that is just going is still listed. */
	if (is_kernel_thread(thread) && kernel_thread_number(thread) == search->number &&
	    ref_get_unless_zero(&thread->references))
		search->found = thread;
}

struct thread *kernel_thread_find(int number)
{
	struct search search = {.number = number};

	thread_for_each(look_for, &search);
	return search.found;
}

static void look_for_next(struct thread *thread, void *argument)
{
	struct search *search = argument;
	int number = is_kernel_thread(thread) ? kernel_thread_number(thread) : -1;

	if (number >= search->number && (search->best < 0 || number < search->best))
		search->best = number;
}

int kernel_thread_next(int from)
{
	struct search search = {.number = from, .best = -1};

	thread_for_each(look_for_next, &search);
	return search.best;
}

static void count_one(struct thread *thread, void *count)
{
	*(unsigned *)count += is_kernel_thread(thread);
}

unsigned kernel_thread_count(void)
{
	unsigned count = 0;

	thread_for_each(count_one, &count);
	return count;
}
