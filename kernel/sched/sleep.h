/* SPDX-License-Identifier: MIT */
/*
 * How a thread sleeps: the one protocol under every lock, queue and timed wait.
 *
 * A sleeper keeps a struct wait on its stack. It first makes the wait known to those who may wake
 * it (arms it), then tests what it waits for, and then calls wait_block(). A waker calls
 * wait_wake(). Neither can miss the other:
 *
 *      sleeper                              waker
 *      arm (publishes the wait)             make the condition true
 *      test the condition                   find the armed wait
 *      wait_block():                        wait_wake():
 *        lock home run queue                  woken = true
 *        woken? return                        lock the sleeper's run queue
 *        state = BLOCKED, switch away         BLOCKED? make it RUNNABLE
 *
 * `woken` is set before the waker takes the run queue's lock and read under it, so either the
 * sleeper sees it, or the waker sees BLOCKED. A thread is BLOCKED only from inside wait_block(),
 * with the lock held until the next thread has finished the switch: preemption between arming and
 * blocking is like preemption anywhere else, and other locks may be taken (and slept on) in
 * between.
 */
#ifndef SCHED_SLEEP_H
#define SCHED_SLEEP_H

#include "arch/clock.h"
#include "arch/types.h"

#include <stdatomic.h>

struct thread;

/* Who, besides the waker and the deadline, may end a wait. */
enum wait_kind {
	WAIT_UNINTERRUPTIBLE, /* nobody: short waits for the kernel itself */
	WAIT_KILLABLE,        /* the death of the process */
	WAIT_INTERRUPTIBLE,   /* any signal that will be handled, too */
};

struct wait {
	struct thread *thread; /* const */
	uint32_t ended_by;     /* const; the thread's work that ends it: enum thread_work */
	const char *reason;    /* const; "pipe read": shown by /proc and the debugger */
	_Atomic bool woken;    /* set once, by a waker */
	_Atomic bool expired;  /* set once, by the deadline's timeout */
};

/* Prepares a wait of the current thread. */
void wait_init(struct wait *wait, enum wait_kind kind, const char *reason);

/* Blocks until woken (0), `deadline` (ns since boot, TIME_NEVER: none) has passed (-ETIMEDOUT) or
 * an interrupt that the kind allows is pending (-EINTR); at once when that is so already. Being
 * woken wins over the others. Thread context, no spinlock held, interrupts on. */
int must_check wait_block(struct wait *wait, uint64_t deadline);

/* Wakes the sleeper, or stops it from falling asleep. The caller keeps *wait alive during the call
 * (it holds the lock that the sleeper must take before it leaves). Any context but NMI. */
void wait_wake(struct wait *wait);

/* An interrupt is pending that ends waits of this kind, for the current thread. */
bool wait_interrupted(enum wait_kind kind);
/* Makes `thread` leave waits that its work flags (WORK_SIGNAL, WORK_KILL) now allow to end. Set the
 * flag first. The caller keeps the thread alive. Any context but NMI. */
void thread_interrupt(struct thread *thread);

/* Sleeps until `deadline`; 0 when it came, -EINTR. */
int must_check sleep_until(uint64_t deadline, enum wait_kind kind, const char *reason);

#endif
