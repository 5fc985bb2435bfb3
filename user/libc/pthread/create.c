/* SPDX-License-Identifier: MIT */
/*
 * How a thread begins.
 *
 * A thread is a stack, a set of registers and a number; all else it shares. So to make one takes
 *	1. memory for its stack, with its thread block at the top (stack.c): mmap();
 *	2. a kernel thread that runs on it, in this very address space: clone(), whose flags say
 *	   what parent and child share. Registers are copied, but RSP (the new stack) and FS (the
 *	   new thread block) are the child's own;
 * and for those who wait until it is over (join.c)
 *	3. a word that the kernel sets to 0 when it has let go of the stack, with a wake-up: the
 *	   thread's number in its block (CLONE_CHILD_CLEARTID).
 *
 * The child may run, end, and be gone before clone() returns here: the parent does not touch its
 * block any more.
 *
 * How a thread ends: end.c.
 */
#include <errno.h>

#include "threads.h"

#define SHARED_WITH_THREADS \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
#define THREAD_FLAGS \
	(SHARED_WITH_THREADS | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

static int run_thread(void *block)
{
	struct thread_block *thread = block;

	if (cancel_thread_begins)
		cancel_thread_begins();
	pthread_exit(thread->start(thread->argument));
}

static void enter(struct thread_block *thread)
{
	static pthread_t last_id = 1; /* [libc_threads_lock] the first thread's */
	sigset_t signals;

	libc_threaded = true;
	threads_count_created();
	threads_lock(&signals);
	thread->id = ++last_id;
	threads_add_locked(thread);
	threads_unlock(&signals);
}

static void leave(struct thread_block *thread)
{
	sigset_t signals;

	threads_count_left();
	threads_lock(&signals);
	threads_remove_locked(thread);
	threads_unlock(&signals);
	thread_free(thread);
}

int pthread_create(pthread_t *restrict result, const pthread_attr_t *restrict attributes,
		   void *(*start)(void *), void *restrict argument)
{
	struct thread_block *thread = thread_allocate(attributes);
	int saved_errno = errno;

	if (!thread)
		return attributes && attributes->stack ? EINVAL : EAGAIN;
	thread->start = start;
	thread->argument = argument;
	thread->detached = attributes && attributes->detached;
	enter(thread);
	*result = thread->id;
	/* The kernel writes the number (to &tid, the first one) before the child runs. */
	if (clone(run_thread, thread->stack + thread->stack_size, THREAD_FLAGS, thread,
		  &thread->tid, thread, &thread->tid) < 0) {
		leave(thread);
		errno = saved_errno;
		return EAGAIN;
	}
	return 0;
}
