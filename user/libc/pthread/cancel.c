/* SPDX-License-Identifier: MIT */
/*
 * Cancellation: to ask another thread to end, at a place of its choice.
 *
 * pthread_cancel() sets the thread's `cancelled`, which stays set. The thread looks at it wherever
 * it may block (the cancellation points: sys_point() in point.h) and at pthread_testcancel(), and
 * then does pthread_exit(PTHREAD_CANCELED), which runs the cleanup handlers.
 *
 * To reach a thread that sleeps in such a call already, or is just about to, it is also sent the
 * signal SIGCANCEL. The handler looks where it was interrupted: between the look at `cancelled` and
 * the end of the system call (labels in point.asm) it moves the thread to the instruction that
 * gives up. Anywhere else the next look will find it. If another signal's handler was interrupted,
 * under which such a system call waits, the signal is sent once more and kept blocked until that
 * handler has returned.
 */
#include <errno.h>
#include <signal.h>

#include "own_signal.h"
#include "point.h"
#include "threads.h"

static atomic_bool handler_installed; /* set before the first thread is cancelled */

extern const char libc_point_begin[], libc_point_end[], libc_point_cancel[];

static void unblock(void)
{
	const sigset_t only_this = SIGSET_BIT(SIGCANCEL);

	sys_raw(rt_sigprocmask, SIG_UNBLOCK, &only_this, NULL, sizeof(only_this));
}

static void handle_cancel(int number, siginfo_t *info, void *context)
{
	struct thread_block *self = thread_self();
	ucontext_t *interrupted = context;
	uintptr_t rip = (uintptr_t)interrupted->uc_mcontext.gregs[REG_RIP];

	(void)info;
	if (!atomic_load(&self->cancelled) || atomic_load(&self->cancel_disabled))
		return;
	if (atomic_load(&self->cancel_asynchronous)) {
		unblock();
		point_cancelled();
	}
	if (rip >= (uintptr_t)libc_point_begin && rip < (uintptr_t)libc_point_end) {
		interrupted->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)libc_point_cancel;
		return;
	}
	interrupted->uc_sigmask |= SIGSET_BIT(SIGCANCEL);
	sys_raw(tkill, thread_tid(), number);
}

/* Two threads may do it at once: it is the same handler. A fork() finds it done or not done. */
static void install_handler(void)
{
	struct sigaction action = {
		.sa_sigaction = handle_cancel,
		.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK,
		.sa_mask = ~(sigset_t)0,
	};

	if (atomic_load(&handler_installed))
		return;
	libc_sigaction(SIGCANCEL, &action, NULL);
	atomic_store(&handler_installed, true);
}

/* Made by a thread that was cancelled, it has the signal blocked if that had it. */
void cancel_thread_begins(void)
{
	if (atomic_load(&handler_installed))
		unblock();
}

/* EAGAIN: too many signals are queued. The thread does end at the next look, but if it sleeps
 * nobody has woken it up. */
int pthread_cancel(pthread_t id)
{
	struct thread_block *thread;
	sigset_t signals;
	int error = 0;

	install_handler();
	threads_lock(&signals);
	thread = threads_find_locked(id);
	if (!thread) {
		error = ESRCH;
	} else {
		atomic_store(&thread->cancelled, 1);
		/* While that is disabled, no call of the thread's shall be interrupted for it. */
		if (thread != thread_self() && !atomic_load(&thread->cancel_disabled))
			error = thread_signal_locked(thread, SIGCANCEL);
	}
	threads_unlock(&signals);
	if (!error && thread == thread_self() && atomic_load(&thread->cancel_asynchronous))
		pthread_testcancel();
	return error;
}
