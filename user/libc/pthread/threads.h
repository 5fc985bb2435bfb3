/* SPDX-License-Identifier: MIT */
/* The threads of the process, to be found by their pthread_t, and their memory. Internal. */
#ifndef LIBC_PTHREAD_THREADS_H
#define LIBC_PTHREAD_THREADS_H

#include <pthread.h>

#include "lock.h"
#include "thread.h"

/* libc_threads_lock, with every signal blocked while it is held: a handler may call pthread_kill()
 * and pthread_cancel(), and would wait for ever for the thread that it interrupted; and a thread
 * that is cancelled at any instruction must not end with the lock. */
void threads_lock(sigset_t *old);
void threads_unlock(const sigset_t *old);

/* NULL when there is no such thread (any more). While the lock is held, it stays. */
struct thread_block *threads_find_locked(pthread_t id);
void threads_add_locked(struct thread_block *thread);
void threads_remove_locked(struct thread_block *thread);

/* Sends it a signal, unless it has ended; 0 or an error number. With the lock held the kernel's
 * number is the thread's until the signal is sent. */
int thread_signal_locked(struct thread_block *thread, int number);

/* How many threads have not ended: created is +1, left -1; true when the last has left. */
void threads_count_created(void);
bool threads_count_left(void);

/* In the child of fork(): the calling thread is the only one. */
void threads_after_fork(void);

/* A stack with its guard and a thread block, by the attributes (or NULL); NULL without memory, or
 * with too little in the attributes' own stack. */
struct thread_block *thread_allocate(const pthread_attr_t *attributes);

/* Gives back the memory of a thread that is over, unless it is the program's own. */
void thread_free(struct thread_block *thread);

/* Unmaps the calling thread's own stack and ends the thread: unmap_and_exit.asm. */
void thread_unmap_and_exit(void *mapping, size_t size) __attribute__((noreturn));

/* Blocks every signal; the mask before goes to `old` unless NULL. */
void thread_block_signals(sigset_t *old);

/* What other files do when a thread begins or ends, if the program has them at all. */
void cancel_thread_begins(void) __attribute__((weak));
void keys_run_destructors(void) __attribute__((weak));
void robust_leave_all(void) __attribute__((weak));

#define PAGE_SIZE          4096UL
#define STACK_SIZE_DEFAULT (256UL << 10)

#endif
