/* SPDX-License-Identifier: MIT */
/* Scheduling, and clone(). */
#ifndef LIBC_SCHED_H
#define LIBC_SCHED_H

#include <stddef.h>

#include "lib/abi/sched.h"
#include "lib/abi/time.h"
#include "lib/abi/types.h"

#define CPU_SETSIZE 1024

typedef struct {
	unsigned long bits[CPU_SETSIZE / 64];
} cpu_set_t;

#define CPU_ZERO(set)       ((void)(*(set) = (cpu_set_t){0}))
#define CPU_SET(cpu, set)   ((void)((set)->bits[(cpu) / 64] |= 1UL << ((cpu) % 64)))
#define CPU_CLR(cpu, set)   ((void)((set)->bits[(cpu) / 64] &= ~(1UL << ((cpu) % 64))))
#define CPU_ISSET(cpu, set) ((int)((set)->bits[(cpu) / 64] >> ((cpu) % 64) & 1))
#define CPU_COUNT(set)      __sched_cpucount(sizeof(*(set)), set)

int __sched_cpucount(size_t size, const cpu_set_t *set);
int sched_yield(void);
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set);
int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set);
int sched_getcpu(void);
int sched_rr_get_interval(pid_t pid, struct timespec *quantum);
int sched_getscheduler(pid_t pid);
int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param);
int sched_getparam(pid_t pid, struct sched_param *param);
int sched_setparam(pid_t pid, const struct sched_param *param);
int sched_get_priority_max(int policy);
int sched_get_priority_min(int policy);

/* Runs function(argument) on a new thread of control; `stack` is the address above its stack. */
int clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

#endif
