/* SPDX-License-Identifier: MIT */
/* Time of day and interval timers. */
#ifndef LIBC_SYS_TIME_H
#define LIBC_SYS_TIME_H

#include <sys/select.h>

#include "lib/abi/time.h"

#define timerisset(t) ((t)->tv_sec || (t)->tv_usec)
#define timerclear(t) ((t)->tv_sec = (t)->tv_usec = 0)

int gettimeofday(struct timeval *restrict now, void *restrict zone);
int settimeofday(const struct timeval *now, const struct timezone *zone);
int getitimer(int which, struct itimerval *value);
int setitimer(int which, const struct itimerval *restrict value, struct itimerval *restrict old);
int utimes(const char *path, const struct timeval times[2]);

#endif
