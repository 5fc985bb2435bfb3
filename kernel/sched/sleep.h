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
 *        lock home run queue                  lock the sleeper's run queue
 *        woken? return                        is it BLOCKED on this wait?
 *        state = BLOCKED, switch away         woken
 *                                             if it was: make it RUNNABLE
 *
 * A wait becomes woken under the lock of the sleeper's run queue, and the sleeper looks for that
 * under the same lock: either it sees it, or the waker sees BLOCKED. A thread is BLOCKED only from
 * inside wait_block(), with the lock held until the next thread has finished the switch: preemption
 * between arming and blocking is like preemption anywhere else, and other locks may be taken (and
 * slept on) in between.
 *
 * Who sees its wait woken is rid of the waker, without a lock, and may let the wait, its own struct
 * thread and whatever the waker let go of before wait_wake() end at once. For a waker that found
 * it awake touches neither the wait nor the thread after it has said so; and one that found it
 * BLOCKED is done with both before it lets go of the run queue from which the thread comes to run.
 * Those who do not give a wake-up but only end a sleep early (the deadline, signals) hold on to the
 * thread in other ways: timeout_cancel() waits for the one, the others have a reference.
 */
#ifndef SCHED_SLEEP_H
#define SCHED_SLEEP_H

#include "arch/clock.h"
#include "arch/cpu.h"

#include <stdatomic.h>

struct thread;

/* Reasons to call upcall_return_to_user() before user code runs again. */
enum thread_work {
	WORK_RESCHED = 1 << 0, /* set with cpu->need_resched */
	WORK_SIGNAL = 1 << 1,  /* a signal may be deliverable */
	WORK_KILL = 1 << 2,    /* the process is dying: this thread ends */
	WORK_STOP = 1 << 3,    /* the process is stopped: this thread waits for SIGCONT */
};

/* Who, besides the waker and the deadline, may end a wait: the work of the thread that does. A stop
 * ends it like a signal, so that the thread comes to the stop point; the system call goes on after
 * SIGCONT. */
enum wait_kind {
	WAIT_UNINTERRUPTIBLE = 0,  /* nobody: short waits for the kernel itself */
	WAIT_KILLABLE = WORK_KILL, /* the death of the process */
	WAIT_INTERRUPTIBLE = WORK_KILL | WORK_SIGNAL | WORK_STOP, /* any signal that is handled */
};

enum wait_end {
	WAIT_GOES_ON,
	WAIT_WOKEN,   /* by a waker, who may still come after the deadline: see wait_wake() */
	WAIT_EXPIRED, /* by the deadline's timeout */
};

struct wait {
	struct thread *thread;   /* const */
	enum wait_kind ended_by; /* const; the thread's work that ends it */
	const char *reason;      /* const; "pipe read": shown by /proc and the debugger */
	_Atomic enum wait_end end;
};

/* Prepares a wait of the current thread. */
static inline void wait_init(struct wait *wait, enum wait_kind kind, const char *reason)
{
	wait->thread = current;
	wait->ended_by = kind;
	wait->reason = reason;
	atomic_init(&wait->end, WAIT_GOES_ON); /* nobody else knows it yet */
}

/* Blocks until woken (0), `deadline` (ns since boot, TIME_NEVER: none) has passed (-ETIMEDOUT) or
 * an interrupt that the kind allows is pending (-EINTR); at once when that is so already. Being
 * woken wins over the others. Thread context, no spinlock held, interrupts on. */
int must_check wait_block(struct wait *wait, uint64_t deadline);
/* The same where interrupts are off already; they are on at the return. */
int must_check wait_block_irqs_off(struct wait *wait, uint64_t deadline);

/* Wakes the sleeper, or stops it from falling asleep. Until then the sleeper keeps *wait alive: it
 * does not leave without it while a waker may be on the way. Any context but NMI. */
void wait_wake(struct wait *wait);
void wait_wake_irqs_off(struct wait *wait);
/* For a sleeper that gave up, but whom a waker had chosen by then: the waker has interrupts off
 * from its choice to the wake-up, so that is a matter of a few instructions. */
void wait_for_waker(const struct wait *wait);

/* An interrupt is pending that ends waits of this kind, for the current thread. */
bool wait_interrupted(enum wait_kind kind);
/* Makes `thread` leave waits that its work flags (WORK_SIGNAL, WORK_KILL) now allow to end. Set the
 * flag first. The caller keeps the thread alive. Any context but NMI. */
void thread_interrupt(struct thread *thread);

/* Sleeps until `deadline`; 0 when it came, -EINTR. */
int must_check sleep_until(uint64_t deadline, enum wait_kind kind, const char *reason);

#endif
