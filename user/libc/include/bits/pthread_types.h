/* SPDX-License-Identifier: MIT */
/*
 * The types of <pthread.h>, for <sys/types.h> and <signal.h> too. What the words mean is told at
 * the head of the file in ../../pthread/ that works on them; zeroed memory is a valid mutex,
 * condition variable, read-write lock, spin lock or once.
 */
#ifndef LIBC_BITS_PTHREAD_TYPES_H
#define LIBC_BITS_PTHREAD_TYPES_H

#include <stddef.h>

/* A number that is never given out twice, so that a stale one is known for what it is. */
typedef unsigned long pthread_t;

typedef unsigned int pthread_key_t;
typedef _Atomic unsigned int pthread_once_t;
typedef _Atomic unsigned int pthread_spinlock_t;

typedef struct {
	size_t stack_size; /* usable bytes, without the guard */
	size_t guard_size;
	void *stack; /* the program's own, or NULL */
	int detached;
} pthread_attr_t;

typedef struct {
	int type;
	int shared;
	int robust;
} pthread_mutexattr_t;

/* An element of the list of robust mutexes that a thread holds; the kernel reads `next`. */
struct mutex_link {
	struct mutex_link *next;
	struct mutex_link *previous;
};

typedef struct {
	_Atomic unsigned int word; /* the futex: pthread/mutex.c */
	unsigned char type;        /* these three: const after init */
	unsigned char shared;
	unsigned char robust;
	unsigned char broken;   /* [the mutex] ENOTRECOVERABLE from now on */
	unsigned int depth;     /* [the mutex] recursive: how often locked besides the first time */
	struct mutex_link link; /* [owner] robust: in its list */
} pthread_mutex_t;

typedef struct {
	int shared;
	int clock;
} pthread_condattr_t;

typedef struct {
	_Atomic unsigned int sequence; /* the futex: pthread/cond.c */
	_Atomic unsigned int users;    /* pthread/users.h */
	int shared;                    /* these two: const after init */
	int clock;
} pthread_cond_t;

typedef struct {
	int shared;
} pthread_rwlockattr_t;

typedef struct {
	_Atomic unsigned int lock; /* guards the rest: pthread/rwlock.c */
	int shared;                /* const after init */
	unsigned int readers;
	int writer; /* tid, or 0 */
	unsigned int waiting_readers;
	unsigned int waiting_writers;
	_Atomic unsigned int reader_round; /* futex */
	_Atomic unsigned int writer_round; /* futex */
} pthread_rwlock_t;

typedef struct {
	int shared;
} pthread_barrierattr_t;

typedef struct {
	unsigned int threshold; /* these two: const after init */
	int shared;
	_Atomic unsigned long arrived; /* through all rounds */
	_Atomic unsigned int opened;   /* rounds: the futex, pthread/barrier.c */
	_Atomic unsigned int users;    /* pthread/users.h */
} pthread_barrier_t;

#endif
