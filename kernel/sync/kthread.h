/* SPDX-License-Identifier: MIT */
/* Kernel threads: they run in the one kernel address space and belong to the kernel process. */
#ifndef SYNC_KTHREAD_H
#define SYNC_KTHREAD_H

#include "sched/thread.h"

struct kthread; /* a handle: for one kthread_join() or kthread_detach() */

/* Starts `entry(argument)` in a thread of its own. NULL: no memory. Thread context. */
struct kthread *kthread_start(const char *name, void (*entry)(void *), void *argument);
/* The same on CPU `id` only. */
struct kthread *kthread_start_on(unsigned id, const char *name, void (*entry)(void *),
				 void *argument);
/* Waits for its end and frees the handle. */
void kthread_join(struct kthread *kthread);
/* Frees the handle; the thread goes when it ends. */
void kthread_detach(struct kthread *kthread);
int kthread_tid(const struct kthread *kthread);

/* Whose threads they are: the kernel process. Boot. */
void kthread_init(struct process *owner);

#endif
