/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads: they run in the one kernel address space, each on a guarded stack of its own, and
 * belong to the kernel process.
 *
 *      kthread_create()      kthread_start()          its function returns
 *   (nothing) ───────► NEW ────────► RUNNABLE … ──────────────► DEAD
 *
 * kthread_create() gives a handle, which one of kthread_join(), kthread_stop() and kthread_detach()
 * takes back. One thread at a time uses the handle.
 */
#ifndef SYNC_KTHREAD_H
#define SYNC_KTHREAD_H

#include "sched/thread.h"

struct kthread;

/* A thread that will run `entry(argument)`: NEW, in no queue. NULL: no memory or no number left.
 * Thread context. */
struct kthread *kthread_create(const char *name, void (*entry)(void *), void *argument);
/* The same for CPU `id` only: it will never run on another. */
struct kthread *kthread_create_on(unsigned id, const char *name, void (*entry)(void *),
				  void *argument);
/* Lets it run. Once. Any context but NMI. */
void kthread_start(struct kthread *kthread);

/* Create and start. */
struct kthread *kthread_run(const char *name, void (*entry)(void *), void *argument);
struct kthread *kthread_run_on(unsigned id, const char *name, void (*entry)(void *),
			       void *argument);

/* Waits for its end and frees the handle. It was started. May sleep. */
void kthread_join(struct kthread *kthread);
/* Frees the handle; the thread goes when it ends. It was started. */
void kthread_detach(struct kthread *kthread);
/*
 * Asks it to end, waits until it has, and frees the handle. May sleep.
 *
 * From now on kthread_should_stop() is true in it, and its killable and interruptible waits end
 * with -EINTR, the present one and all later ones: a request that comes just before it falls asleep
 * is not lost. Uninterruptible waits go on. One that was not started ends without having called its
 * function.
 */
void kthread_stop(struct kthread *kthread);
/* For the thread itself: somebody waits for its end. */
bool kthread_should_stop(void);

/* The thread of the handle, as long as the handle is not given back. */
struct thread *kthread_thread(const struct kthread *kthread);

/* Whose threads they are: the kernel process. Boot. */
void kthread_init(struct process *owner);

#endif
