/* SPDX-License-Identifier: MIT */
/*
 * The thread block: what libc keeps for each thread, found through the FS register.
 *
 * Thread-local variables (`__thread`) of the program lie directly below it, at offsets from FS
 * that the linker chose (ELF Handling For Thread-Local Storage, variant II):
 *
 *	lower	.tdata (initialised), .tbss (zero)	<- the PT_TLS segment's image
 *	FS ->	struct thread_block
 *
 * The first thread's block is made by tls_init(), every other's by pthread_create().
 */
#ifndef LIBC_THREAD_H
#define LIBC_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/abi/futex.h"
#include "lib/abi/types.h"

struct key_value;
struct pthread_cleanup;

struct thread_block {
	struct thread_block
		*self; /* the ABI demands it at FS:0: FS itself cannot be read cheaply */
	int error;     /* errno */

	/* Written by the kernel: the number at clone(), 0 when the thread is over (a futex). */
	_Atomic unsigned int tid;

	/* const: pthread_create() writes them before the thread runs */
	unsigned long id; /* the pthread_t */
	void *(*start)(void *);
	void *argument;
	char *mapping; /* guard, stack and this block; NULL: the memory is not ours */
	size_t mapping_size;
	char *stack; /* the lowest byte */
	size_t stack_size;
	size_t guard_size;

	/* [libc_threads_lock] pthread/threads.c */
	struct thread_block *next;  /* in its hash chain */
	struct thread_block *joins; /* the thread for whose end it waits */
	bool joined;                /* somebody waits for its end */
	bool detached;
	bool ended; /* runs no more code of the program: signals would be lost */

	void *result; /* [self], then who joins it */

	/* Cancellation, pthread/cancel.c */
	_Atomic unsigned int cancelled; /* asked for; stays set */
	_Atomic bool cancel_disabled;   /* these two: [self], read by its own signal handler */
	_Atomic bool cancel_asynchronous;

	/* [self] */
	struct pthread_cleanup *cleanups; /* the innermost */
	struct key_value *keys;           /* pthread/keys.c; NULL until the first is set */
	unsigned int read_locks;          /* held, of all rwlocks */
	struct robust_list_head robust;   /* [self; the kernel when it ends] pthread/robust.c */
};

/* The calling thread's. */
static inline struct thread_block *thread_self(void)
{
	struct thread_block *self;

	__asm__("movq %%fs:0, %0" : "=r"(self));
	return self;
}

/* The calling thread's number, without a system call. */
static inline pid_t thread_tid(void)
{
	return (pid_t)atomic_load_explicit(&thread_self()->tid, memory_order_relaxed);
}

/* Bytes that tls_create_block() needs, and how they must be aligned (a power of two). */
size_t tls_block_size(void);
size_t tls_block_alignment(void);

/* Lays out TLS and thread block in `memory`; returns the block, the address for FS. */
struct thread_block *tls_create_block(void *memory);

/* Was there ever a second thread? Written while there is one only. */
extern bool libc_threaded;

/* exit.c: in the child of fork(). */
void libc_exit_after_fork(void);

/* The thread that the process began with, or since fork() in another one, that one. NULL when it is
 * over. [libc_threads_lock] once there are several. */
extern struct thread_block *libc_first_thread;

/* Gives the first thread its block. Called once, before anything that may set errno. */
void tls_init(void);

#endif
