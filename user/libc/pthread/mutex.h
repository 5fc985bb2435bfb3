/* SPDX-License-Identifier: MIT */
/* What mutex.c and robust.c tell each other. Internal. */
#ifndef LIBC_PTHREAD_MUTEX_H
#define LIBC_PTHREAD_MUTEX_H

#include <pthread.h>

#include "futex.h"

/* pthread_mutex_t.broken */
enum { MUTEX_WHOLE, MUTEX_INCONSISTENT, MUTEX_NOT_RECOVERABLE };

/* robust.c. Around each change of a robust mutex's word: begin, end; in between it goes on the
 * calling thread's list once it is taken, and off before it is free. */
void robust_begin(pthread_mutex_t *mutex);
void robust_add(pthread_mutex_t *mutex);
void robust_remove(pthread_mutex_t *mutex);
void robust_end(void);

#endif
