/* SPDX-License-Identifier: MIT */
/* Counting semaphores: within a process, in shared memory, or by name. See
 * ../pthread/semaphore.c. */
#ifndef LIBC_SEMAPHORE_H
#define LIBC_SEMAPHORE_H

#include "lib/abi/fcntl.h"
#include "lib/abi/time.h"
#include "lib/abi/types.h"

#define SEM_VALUE_MAX 0x7fffffff /* in <limits.h> too */
#define SEM_FAILED    ((sem_t *)0)

typedef struct {
	_Atomic unsigned long state; /* the value and how many wait */
	int shared;                  /* const after init */
} sem_t;

int sem_init(sem_t *sem, int shared, unsigned int value);
int sem_destroy(sem_t *sem);
int sem_wait(sem_t *sem);
int sem_trywait(sem_t *sem);
int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict deadline);
int sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict deadline);
int sem_post(sem_t *sem);
int sem_getvalue(sem_t *restrict sem, int *restrict value);

/* With O_CREAT two more arguments: mode_t mode, unsigned int value. */
sem_t *sem_open(const char *name, int flags, ...);
int sem_close(sem_t *sem);
int sem_unlink(const char *name);

#endif
