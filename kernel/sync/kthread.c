/* SPDX-License-Identifier: MIT */
/*
 * The handle has two references: the creator's, dropped by join or detach, and the thread's own,
 * dropped when its function has returned. The end is told by a semaphore that goes up once.
 */
#include "sync/kthread.h"

#include "base/trace.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "sync/semaphore.h"

struct kthread {
	struct refcount references;
	int tid;                       /* const */
	void (*entry)(void *argument); /* const */
	void *argument;                /* const */
	struct semaphore ended;
};

static struct process *owner; /* const after boot */

void kthread_init(struct process *kernel_process)
{
	owner = kernel_process;
}

static void handle_put(struct kthread *kthread)
{
	if (ref_put(&kthread->references))
		kfree(kthread);
}

static void run(void *argument)
{
	struct kthread *kthread = argument;

	kthread->entry(kthread->argument);
	thread_begin_exit(); /* before anyone can know: see thread_settle() */
	semaphore_up(&kthread->ended);
	handle_put(kthread);
	thread_exit();
}

static struct kthread *start(const char *name, void (*entry)(void *), void *argument,
			     cpumask_t affinity)
{
	struct kthread *kthread = kmalloc(sizeof(*kthread));

	if (!kthread)
		return NULL;
	struct thread_params params = {
		.name = name, .process = owner, .entry = run, .argument = kthread};
	struct thread *thread = thread_create(&params);
	if (!thread) {
		kfree(kthread);
		return NULL;
	}
	ref_init(&kthread->references);
	ref_get(&kthread->references);
	kthread->tid = thread->tid;
	kthread->entry = entry;
	kthread->argument = argument;
	semaphore_init(&kthread->ended, "kthread", 0);
	thread->affinity = affinity;
	trace_named(TRACE_THREAD_CREATE, 0, thread->tid, 0, thread->name);
	thread_start(thread);
	return kthread;
}

struct kthread *kthread_start(const char *name, void (*entry)(void *), void *argument)
{
	return start(name, entry, argument, ~(cpumask_t)0);
}

struct kthread *kthread_start_on(unsigned id, const char *name, void (*entry)(void *),
				 void *argument)
{
	return start(name, entry, argument, (cpumask_t)1 << id);
}

void kthread_join(struct kthread *kthread)
{
	semaphore_down(&kthread->ended);
	handle_put(kthread);
}

void kthread_detach(struct kthread *kthread)
{
	handle_put(kthread);
}

int kthread_tid(const struct kthread *kthread)
{
	return kthread->tid;
}
