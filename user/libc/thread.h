/* SPDX-License-Identifier: MIT */
/*
 * The thread control block: what libc keeps for each thread, found through the FS register.
 *
 * Thread-local variables (`__thread`) of the program lie directly below it, at offsets from FS
 * that the linker chose (ELF Handling For Thread-Local Storage, variant II):
 *
 *	lower	.tdata (initialised), .tbss (zero)	<- the PT_TLS segment's image
 *	FS ->	struct thread_block
 *
 * A thread that is created later gets a block of its own in the same way.
 */
#ifndef LIBC_THREAD_H
#define LIBC_THREAD_H

#include <stddef.h>

#include "lib/abi/types.h"

struct thread_block {
	struct thread_block
		*self; /* the ABI demands it at FS:0: FS itself cannot be read cheaply */
	int error;     /* errno */
	pid_t tid;
};

/* The calling thread's. */
static inline struct thread_block *thread_self(void)
{
	struct thread_block *self;

	__asm__("movq %%fs:0, %0" : "=r"(self));
	return self;
}

/* Bytes that tls_create_block() needs, and how they must be aligned (a power of two). */
size_t tls_block_size(void);
size_t tls_block_alignment(void);

/* Lays out TLS and thread block in `memory`; returns the block, the address for FS. */
struct thread_block *tls_create_block(void *memory);

/* Gives the first thread its block. Called once, before anything that may set errno. */
void tls_init(void);

#endif
