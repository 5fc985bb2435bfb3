/* SPDX-License-Identifier: MIT */
/*
 * fork() in a process that may have several threads.
 *
 * The child has a copy of the whole memory but of one thread only, the caller. What another thread
 * was in the middle of stays half done for ever, and a lock that it held stays locked. For libc's
 * own data that must not happen: so all of libc's locks are taken first (lock.h tells the order)
 * and released on both sides. Streams are the exception, for a thread may be waiting for input with
 * a stream locked: the child just unlocks those of the threads that it does not have.
 *
 * A program can do the same with its locks: pthread_atfork().
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/util.h"
#include "lock.h"
#include "own_signal.h"
#include "syscall.h"
#include "thread.h"

struct fork_handlers {
	struct fork_handlers *earlier, *later;
	void (*prepare)(void);
	void (*parent)(void);
	void (*child)(void);
};

struct lock libc_atfork_lock;
static struct fork_handlers *first, *last; /* [libc_atfork_lock] in order of registration */

/* Of what the program may not have at all. */
extern struct lock libc_environment_lock __attribute__((weak));
extern struct lock libc_streams_lock __attribute__((weak));
extern struct lock libc_keys_lock __attribute__((weak));
extern struct lock libc_semaphores_lock __attribute__((weak));
extern struct lock libc_threads_lock __attribute__((weak));
extern struct lock libc_break_lock __attribute__((weak));
void libc_streams_after_fork(void) __attribute__((weak));
void threads_after_fork(void) __attribute__((weak));

int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
	struct fork_handlers *handlers = malloc(sizeof(*handlers));

	if (!handlers)
		return ENOMEM;
	lock_acquire(&libc_atfork_lock);
	*handlers = (struct fork_handlers){last, NULL, prepare, parent, child};
	if (last)
		last->later = handlers;
	else
		first = handlers;
	last = handlers;
	lock_release(&libc_atfork_lock);
	return 0;
}

/* Those registered last prepare first, so that layers lock from the outside in. */
static void run_prepare(void)
{
	for (struct fork_handlers *at = last; at; at = at->earlier)
		if (at->prepare)
			at->prepare();
}

static void run_after(bool in_child)
{
	for (struct fork_handlers *at = first; at; at = at->later) {
		void (*function)(void) = in_child ? at->child : at->parent;

		if (function)
			function();
	}
}

static struct lock *const locks[] = {
	&libc_exit_lock,       &libc_environment_lock, &libc_streams_lock, &libc_keys_lock,
	&libc_semaphores_lock, &libc_threads_lock,     &libc_heap_lock,    &libc_break_lock,
};

static void lock_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(locks); i++)
		if (locks[i])
			lock_acquire(locks[i]);
}

static void unlock_all(void)
{
	for (size_t i = ARRAY_SIZE(locks); i-- > 0;)
		if (locks[i])
			lock_release(locks[i]);
}

static void become_only_thread(void)
{
	struct thread_block *self = thread_self();

	self->tid = (unsigned int)sys_raw(set_tid_address, &self->tid);
	self->robust.list.next = NULL; /* told to the kernel anew when needed: robust.c */
	/* It always was: nothing is left of others, and each page that is written is copied. */
	if (!libc_threaded)
		return;
	libc_exit_after_fork();
	if (threads_after_fork)
		threads_after_fork();
	if (libc_streams_after_fork)
		libc_streams_after_fork();
	libc_threaded = false;
}

/* With other threads about. No handler may run while libc's locks are held, nor in the child before
 * it knows who it is. */
static pid_t fork_one_of_several(void)
{
	const sigset_t all = ~(sigset_t)0;
	sigset_t old;
	pid_t pid;

	sys_raw(rt_sigprocmask, SIG_SETMASK, &all, &old, sizeof(old));
	lock_all();
	pid = (pid_t)sys(fork);
	if (pid == 0)
		become_only_thread();
	unlock_all();
	sys_raw(rt_sigprocmask, SIG_SETMASK, &old, NULL, sizeof(old));
	return pid;
}

/* Alone, no lock is taken: a signal handler that interrupted malloc() may fork, too. */
pid_t fork(void)
{
	bool threaded = libc_threaded;
	pid_t pid;

	if (threaded)
		lock_acquire(&libc_atfork_lock);
	run_prepare();
	if (threaded) {
		pid = fork_one_of_several();
	} else {
		pid = (pid_t)sys(fork);
		if (pid == 0)
			become_only_thread();
	}
	run_after(pid == 0);
	if (threaded)
		lock_release(&libc_atfork_lock);
	return pid;
}
