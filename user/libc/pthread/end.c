/* SPDX-License-Identifier: MIT */
/*
 * How a thread ends: by returning from its function, by pthread_exit(), or cancelled; it all comes
 * to pthread_exit().
 *
 * First everything that is the program's runs: cleanup handlers, the innermost first, then the
 * destructors of keys. Then signals are blocked, because from here on no code of the program must
 * run on this stack. What follows depends on who frees the stack:
 *
 *	joinable	the one who joins, after the kernel has set `tid` to 0 (join.c);
 *	detached	nobody is left to do it but the thread that stands on it. It can: after the
 *			munmap() it needs no stack, for two system calls can be made with registers
 *			alone (unmap_and_exit.asm). But the kernel must not write to `tid` in that
 *			memory any more, which may be another thread's by then.
 *
 * The last thread to end ends the process, as exit(0) does; also after pthread_exit() in main().
 */
#include <stdlib.h>

#include "syscall.h"
#include "threads.h"

void thread_block_signals(sigset_t *old)
{
	const sigset_t all = ~(sigset_t)0;

	sys_raw(rt_sigprocmask, SIG_SETMASK, &all, old, sizeof(sigset_t));
}

static void run_cleanups(struct thread_block *self)
{
	struct pthread_cleanup *cleanup;

	while ((cleanup = self->cleanups)) {
		self->cleanups = cleanup->outer;
		cleanup->function(cleanup->argument);
	}
}

static void __attribute__((noreturn)) leave(struct thread_block *self)
{
	bool detached;

	lock_acquire(&libc_threads_lock);
	self->ended = true;
	detached = self->detached;
	if (detached)
		threads_remove_locked(self);
	lock_release(&libc_threads_lock);

	if (detached) {
		sys_raw(set_tid_address, NULL);
		if (self->mapping)
			thread_unmap_and_exit(self->mapping, self->mapping_size);
	}
	for (;;)
		sys_raw(exit, 0);
}

void pthread_exit(void *result)
{
	struct thread_block *self = thread_self();

	self->result = result;
	atomic_store(&self->cancel_disabled, true);
	run_cleanups(self);
	if (keys_run_destructors)
		keys_run_destructors();
	if (threads_count_left())
		exit(0);
	thread_block_signals(NULL);
	if (robust_leave_all)
		robust_leave_all();
	leave(self);
}
