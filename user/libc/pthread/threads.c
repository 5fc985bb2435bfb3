/* SPDX-License-Identifier: MIT */
/*
 * All threads of the process, by their numbers.
 *
 * A pthread_t is a number that counts up and is never used twice. It could be the address of the
 * thread's block, as in other libraries; but then joining a thread a second time would read freed
 * memory, or wait for a thread that has its place now. With a table to look it up in, a number of
 * the past is simply not there: ESRCH.
 *
 * The first thread is not in the table, so that programs without threads need none.
 */
#include "threads.h"

#include <signal.h>
#include <unistd.h>

#include "lib/util.h"
#include "syscall.h"

#define CHAIN_COUNT 1024

struct lock libc_threads_lock;
static struct thread_block *chains[CHAIN_COUNT]; /* [libc_threads_lock] */
static atomic_uint thread_count = 1;

void threads_lock(sigset_t *old)
{
	thread_block_signals(old);
	lock_acquire(&libc_threads_lock);
}

void threads_unlock(const sigset_t *old)
{
	lock_release(&libc_threads_lock);
	sys_raw(rt_sigprocmask, SIG_SETMASK, old, NULL, sizeof(*old));
}

static struct thread_block **chain_of(pthread_t id)
{
	return &chains[id % CHAIN_COUNT];
}

struct thread_block *threads_find_locked(pthread_t id)
{
	struct thread_block *thread = *chain_of(id);

	if (libc_first_thread && libc_first_thread->id == id)
		return libc_first_thread;
	while (thread && thread->id != id)
		thread = thread->next;
	return thread;
}

void threads_add_locked(struct thread_block *thread)
{
	struct thread_block **chain = chain_of(thread->id);

	thread->next = *chain;
	*chain = thread;
}

void threads_remove_locked(struct thread_block *thread)
{
	struct thread_block **link = chain_of(thread->id);

	if (thread == libc_first_thread) {
		libc_first_thread = NULL;
		return;
	}
	while (*link != thread)
		link = &(*link)->next;
	*link = thread->next;
}

int thread_signal_locked(struct thread_block *thread, int number)
{
	if (thread->ended)
		return 0;
	return (int)-sys_raw(tgkill, getpid(), atomic_load(&thread->tid), number);
}

void threads_count_created(void)
{
	atomic_fetch_add(&thread_count, 1);
}

bool threads_count_left(void)
{
	return atomic_fetch_sub(&thread_count, 1) == 1;
}

/* The stacks of the others stay mapped: what lies on them may be in use still. */
void threads_after_fork(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(chains); i++)
		chains[i] = NULL;
	libc_first_thread = thread_self();
	libc_first_thread->next = NULL;
	libc_first_thread->joins = NULL;
	libc_first_thread->joined = false;
	atomic_store(&thread_count, 1);
}
