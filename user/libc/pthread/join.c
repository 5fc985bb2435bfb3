/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a thread's end, and freeing what it stood on.
 *
 * The thread is over when its `tid` is 0: the kernel writes that as the last thing it does with the
 * thread's memory, and wakes who sleeps on the word. Only then may the stack be unmapped.
 *
 * Who waits for whom is noted, so that a circle of threads that would wait for each other for ever
 * is found before it closes: EDEADLK.
 */
#include <errno.h>

#include "futex.h"
#include "threads.h"

/* Would `self` be waiting for itself, if it waited for `thread`? */
static bool closes_circle(const struct thread_block *self, const struct thread_block *thread)
{
	while (thread && thread != self)
		thread = thread->joins;
	return thread == self;
}

/* Makes `self` the one who joins the thread of that number. */
static int claim(struct thread_block *self, pthread_t id, struct thread_block **result)
{
	struct thread_block *thread;
	sigset_t signals;
	int error = 0;

	threads_lock(&signals);
	thread = threads_find_locked(id);
	if (!thread)
		error = ESRCH;
	else if (closes_circle(self, thread))
		error = EDEADLK;
	else if (thread->detached || thread->joined)
		error = EINVAL;
	if (!error) {
		thread->joined = true;
		self->joins = thread;
	}
	threads_unlock(&signals);
	*result = thread;
	return error;
}

static void unclaim(struct thread_block *self, struct thread_block *thread)
{
	sigset_t signals;

	threads_lock(&signals);
	thread->joined = false;
	self->joins = NULL;
	threads_unlock(&signals);
}

/* The kernel wakes under the shared key. */
static int wait_until_over(struct thread_block *thread, const struct deadline *deadline)
{
	unsigned int tid;
	int error;

	while ((tid = atomic_load(&thread->tid))) {
		error = futex_wait_point(&thread->tid, tid, true, deadline);
		if (error == ECANCELED || error == ETIMEDOUT)
			return error;
	}
	return 0;
}

static void bury(struct thread_block *self, struct thread_block *thread)
{
	sigset_t signals;

	threads_lock(&signals);
	self->joins = NULL;
	threads_remove_locked(thread);
	threads_unlock(&signals);
	thread_free(thread);
}

static int join(pthread_t id, void **result, const struct deadline *deadline)
{
	struct thread_block *self = thread_self();
	struct thread_block *thread;
	int error = deadline_check(deadline);

	if (!error)
		error = claim(self, id, &thread);
	if (error)
		return error;
	error = wait_until_over(thread, deadline);
	if (error) {
		unclaim(self, thread);
		if (error == ECANCELED)
			point_cancelled();
		return error;
	}
	if (result)
		*result = thread->result;
	bury(self, thread);
	return 0;
}

int pthread_join(pthread_t id, void **result)
{
	pthread_testcancel();
	return join(id, result, NULL);
}

int pthread_timedjoin_np(pthread_t id, void **result, const struct timespec *time)
{
	struct deadline deadline = {CLOCK_REALTIME, time};

	pthread_testcancel();
	return join(id, result, &deadline);
}

int pthread_tryjoin_np(pthread_t id, void **result)
{
	const struct timespec past = {0};
	struct deadline deadline = {CLOCK_MONOTONIC, &past};
	int error = join(id, result, &deadline);

	return error == ETIMEDOUT ? EBUSY : error;
}

int pthread_detach(pthread_t id)
{
	struct thread_block *thread;
	sigset_t signals;
	bool ended = false;
	int error = 0;

	threads_lock(&signals);
	thread = threads_find_locked(id);
	if (!thread) {
		error = ESRCH;
	} else if (thread->detached || thread->joined) {
		error = EINVAL;
	} else if (thread->ended) {
		ended = thread->joined = true;
	} else {
		thread->detached = true;
	}
	threads_unlock(&signals);
	/* Too late for it to free itself: it is over at any moment. */
	if (ended) {
		while (wait_until_over(thread, NULL))
			;
		bury(thread_self(), thread);
	}
	return error;
}
