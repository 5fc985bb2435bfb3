/* SPDX-License-Identifier: MIT */
/* The one timer that every process has: ITIMER_REAL, which sends SIGALRM. */
#ifndef PROC_ALARM_H
#define PROC_ALARM_H

#include <stdint.h>

struct process;

/* In nanoseconds, at most INT64_MAX; left 0: not set. */
struct alarm_state {
	uint64_t left, interval;
};

void alarm_init(void);
/* Of the current process. Thread context, may sleep. */
void alarm_get(struct alarm_state *state);
void alarm_set(const struct alarm_state *state, struct alarm_state *old);
/* The process takes a SIGALRM: the next turn of an interval begins. signal_lock held. */
void alarm_taken_locked(struct process *process);

#endif
