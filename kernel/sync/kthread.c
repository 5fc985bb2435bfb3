/* SPDX-License-Identifier: MIT */
/*
 * The handle has two references: the creator's, dropped by join, stop or detach, and the thread's
 * own, dropped when its function has returned.
 *
 * To be asked to stop is what being killed is to a user thread: the same work flag, which ends the
 * same waits. wait_block() looks at it under the lock under which it falls asleep (sched/sleep.h),
 * and whoever sets it looks for a sleeper afterwards.
 */
#include "sync/kthread.h"

#include "base/assert.h"
#include "base/trace.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "sync/completion.h"
#include "sync/lock_check.h"

#define ANY_CPU (~(cpumask_t)0)

struct kthread {
	struct refcount references;
	/* const */
	struct thread *thread; /* with a reference */
	void (*entry)(void *argument);
	void *argument;
	struct completion ended;
};

static struct process *owner; /* const after boot */

void kthread_init(struct process *kernel_process)
{
	owner = kernel_process;
}

static void handle_put(struct kthread *kthread)
{
	if (!ref_put(&kthread->references))
		return;
	thread_put(kthread->thread);
	kfree(kthread);
}

static void run(void *argument)
{
	struct kthread *kthread = argument;

	if (!kthread_should_stop())
		kthread->entry(kthread->argument);
	lock_check_none_held("end of a kernel thread");
	thread_begin_exit(); /* before anyone can know: see thread_settle() */
	completion_complete(&kthread->ended);
	handle_put(kthread);
	thread_exit();
}

static struct kthread *create(const char *name, void (*entry)(void *), void *argument,
			      cpumask_t affinity)
{
	struct kthread *kthread = kmalloc(sizeof(*kthread));

	if (!kthread)
		return NULL;
	struct thread_params params = {
		.name = name, .process = owner, .entry = run, .argument = kthread};
	kthread->thread = thread_create(&params);
	if (!kthread->thread) {
		kfree(kthread);
		return NULL;
	}
	thread_get(kthread->thread);
	kthread->thread->affinity = affinity;
	ref_init(&kthread->references);
	ref_get(&kthread->references);
	kthread->entry = entry;
	kthread->argument = argument;
	completion_init(&kthread->ended, "kthread's end");
	trace_named(TRACE_THREAD_CREATE, 0, kthread->thread->tid, 0, kthread->thread->name);
	return kthread;
}

struct kthread *kthread_create(const char *name, void (*entry)(void *), void *argument)
{
	return create(name, entry, argument, ANY_CPU);
}

struct kthread *kthread_create_on(unsigned id, const char *name, void (*entry)(void *),
				  void *argument)
{
	return create(name, entry, argument, (cpumask_t)1 << id);
}

void kthread_start(struct kthread *kthread)
{
	thread_start(kthread->thread);
}

static struct kthread *start(struct kthread *kthread)
{
	if (kthread)
		kthread_start(kthread);
	return kthread;
}

struct kthread *kthread_run(const char *name, void (*entry)(void *), void *argument)
{
	return start(kthread_create(name, entry, argument));
}

struct kthread *kthread_run_on(unsigned id, const char *name, void (*entry)(void *), void *argument)
{
	return start(kthread_create_on(id, name, entry, argument));
}

void kthread_join(struct kthread *kthread)
{
	ASSERT(kthread->thread != current);
	ASSERT(kthread->thread->state != THREAD_NEW);
	completion_wait(&kthread->ended);
	handle_put(kthread);
}

void kthread_detach(struct kthread *kthread)
{
	ASSERT(kthread->thread->state != THREAD_NEW);
	handle_put(kthread);
}

void kthread_stop(struct kthread *kthread)
{
	thread_add_work(kthread->thread, WORK_KILL);
	if (kthread->thread->state == THREAD_NEW)
		kthread_start(kthread);
	kthread_join(kthread);
}

bool kthread_should_stop(void)
{
	return atomic_load(&current->work) & WORK_KILL;
}

struct thread *kthread_thread(const struct kthread *kthread)
{
	return kthread->thread;
}
