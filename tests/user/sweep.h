/* SPDX-License-Identifier: MIT */
/*
 * Runs many small experiments, any of which may kill, hang or ruin the process that makes it: a
 * child makes them one after another, and when it dies or stands still a new child goes on with
 * the next one. Results come back through shared memory.
 */
#ifndef TESTS_USER_SWEEP_H
#define TESTS_USER_SWEEP_H

#include "check.h"

#include <stdatomic.h>

/* Results besides what the experiment returned (-errno, or 0 and more). */
#define SWEEP_DIED    (-100000) /* it killed its process */
#define SWEEP_HUNG    (-100001) /* it sleeps, or computes, and does not return */
#define SWEEP_NOT_RUN (-100002)

#define SWEEP_SLEEP_MS 100  /* from then on it is looked at: */
#define SWEEP_LOOKS    10   /* asleep so many times, a millisecond apart, is hung */
#define SWEEP_LIMIT_MS 5000 /* computing for so long is, too, stretched */

struct sweep {
	int count;
	/* [atomic] the experiment that the child is at */
	_Atomic int at;
	/* written by the child, read after its end */
	int *result;
	/* makes experiment i and returns its result; may not return */
	int (*run)(int i);
	/* called in each new child, or NULL */
	void (*setup)(void);
};

static inline struct sweep *sweep_create(int count, int (*run)(int), void (*setup)(void))
{
	struct sweep *s = check_shared(sizeof(*s) + count * sizeof(int));

	s->count = count;
	s->run = run;
	s->setup = setup;
	s->result = (int *)(s + 1);
	for (int i = 0; i < count; i++)
		s->result[i] = SWEEP_NOT_RUN;
	return s;
}

/* The child: a copy of itself that an experiment makes (fork, clone) ends at once. */
static inline void sweep_child(struct sweep *s, int from)
{
	pid_t self = getpid();

	setpgid(0, 0);
	if (s->setup)
		s->setup();
	for (int i = from; i < s->count; i++) {
		int result;

		atomic_store(&s->at, i);
		s->result[i] = SWEEP_DIED;
		result = s->run(i);
		if (raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0) != self)
			raw_syscall(SYS_exit, 0, 0, 0, 0, 0, 0);
		s->result[i] = result;
	}
	atomic_store(&s->at, s->count);
	raw_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

/* Is a child that has stood still for so long asleep, rather than slow? One that is slow may sleep
 * for a moment, too: *asleep counts the looks that found it so. */
static inline int sweep_hangs(pid_t pid, long long us, int *asleep)
{
	if (us > check_limit(SWEEP_LIMIT_MS) * 1000)
		return 1;
	*asleep = us > SWEEP_SLEEP_MS * 1000 && check_state(pid) != 'R' ? *asleep + 1 : 0;
	return *asleep == SWEEP_LOOKS;
}

/* Watches one child until it ends or stands still; returns where it got to. */
static inline int sweep_watch(struct sweep *s, pid_t pid)
{
	int last = -1, asleep = 0, status, at;
	long long since = 0;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		at = atomic_load(&s->at);
		if (got == pid || (got < 0 && errno == ECHILD))
			return at;
		if (at != last) {
			last = at;
			since = check_now_us();
		} else if (sweep_hangs(pid, check_now_us() - since, &asleep)) {
			break;
		}
		check_sleep_ms(1);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (atomic_load(&s->at) !=
	    at) /* it has gone on at the last moment: the next does that one */
		return atomic_load(&s->at) - 1;
	if (at < s->count)
		s->result[at] = SWEEP_HUNG;
	return at;
}

/* Makes every experiment. Returns how many children it took. */
static inline int sweep_run(struct sweep *s)
{
	int children = 0;

	for (int from = 0; from < s->count; children++) {
		pid_t pid;

		atomic_store(&s->at, from);
		pid = fork();
		if (pid == 0)
			sweep_child(s, from);
		if (pid < 0) {
			check_fail(__FILE__, __LINE__, "fork: errno %d", errno);
			break;
		}
		from = sweep_watch(s, pid) + 1;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	return children;
}

#endif
