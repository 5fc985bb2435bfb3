/* SPDX-License-Identifier: MIT */
/* What the tests of locks share. */
#ifndef TESTS_KERNEL_SYNC_HELP_H
#define TESTS_KERNEL_SYNC_HELP_H

#include "base/ktest.h"
#include "base/spinlock.h"
#include "sched/sched.h"
#include "sync/kthread.h"

#define CREW_MAX 16

/* Runs `entry(argument)` in `count` threads at once and waits for all. */
static inline void run_crew(unsigned count, void (*entry)(void *), void *argument)
{
	struct kthread *crew[CREW_MAX];

	for (unsigned i = 0; i < count; i++)
		crew[i] = kthread_run("crew", entry, argument);
	for (unsigned i = 0; i < count; i++) {
		KTEST_CHECK(crew[i] != NULL);
		if (crew[i])
			kthread_join(crew[i]);
	}
}

static inline bool is_blocked(const struct kthread *kthread)
{
	return kthread_thread(kthread)->state == THREAD_BLOCKED;
}

static inline void await_blocked(const struct kthread *kthread)
{
	while (!is_blocked(kthread))
		sched_yield();
}

/* For a thread that must not fall asleep: a test ends rather than hang when it does. The caller has
 * a reference. */
static inline void await_blocked_or_dead(const struct thread *thread)
{
	while (thread->state != THREAD_BLOCKED && thread->state != THREAD_DEAD)
		sched_yield();
}

/* Another CPU waits in line for the lock, which the caller holds. So a test can keep it there, at a
 * place where it would else be for an instant. */
static inline bool is_wanted(const struct spinlock *lock)
{
	return lock->next != lock->serving;
}

/* A pseudo-random number below `limit`; the state is the caller's (xorshift, never 0). */
static inline uint32_t random_below(uint32_t *state, uint32_t limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % limit;
}

#endif
