/* SPDX-License-Identifier: MIT */
/* The program's end: exit() and its handlers, abort(), assertions. */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lock.h"
#include "syscall.h"
#include "thread.h"

#define HANDLER_LIMIT 32 /* what ISO C promises */

struct lock libc_exit_lock;
static void (*handlers[HANDLER_LIMIT])(void); /* [libc_exit_lock] */
static int handler_count;                     /* [libc_exit_lock] */

/* In stdio, if the program has it at all. */
int libc_flush_all(void) __attribute__((weak));

int atexit(void (*function)(void))
{
	int result = -1;

	lock_acquire(&libc_exit_lock);
	if (handler_count < HANDLER_LIMIT) {
		handlers[handler_count++] = function;
		result = 0;
	}
	lock_release(&libc_exit_lock);
	return result;
}

/* Takes off the handler registered last; NULL when none is left. */
static void (*pop_handler(void))(void)
{
	void (*function)(void) = NULL;

	lock_acquire(&libc_exit_lock);
	if (handler_count > 0)
		function = handlers[--handler_count];
	lock_release(&libc_exit_lock);
	return function;
}

static struct thread_block *_Atomic exiting; /* the thread that runs exit() */

void libc_exit_after_fork(void)
{
	if (exiting != thread_self())
		exiting = NULL;
}

/* Only one thread ends the process; others that want to, too, wait for their end in there. */
static void become_the_exiting_thread(void)
{
	struct thread_block *self = thread_self();
	struct thread_block *expected = NULL;

	if (atomic_compare_exchange_strong(&exiting, &expected, self) || expected == self)
		return;
	for (;;)
		sys_raw(pause);
}

void exit(int status)
{
	void (*function)(void);

	become_the_exiting_thread();

	/* One at a time: a handler may register another. */
	while ((function = pop_handler()))
		function();
	if (libc_flush_all)
		libc_flush_all();
	_exit(status);
}

void _exit(int status)
{
	for (;;)
		sys_raw(exit_group, status);
}

void _Exit(int status)
{
	_exit(status);
}

void quick_exit(int status)
{
	_exit(status);
}

void abort(void)
{
	sigset_t only_abort = SIGSET_BIT(SIGABRT);

	raise(SIGABRT);
	/* Ignored, or its handler came back: end by the default action all the same. */
	signal(SIGABRT, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &only_abort, NULL);
	raise(SIGABRT);
	_exit(127);
}

void __assert_fail(const char *expression, const char *file, unsigned int line,
		   const char *function)
{
	dprintf(STDERR_FILENO, "%s:%u: %s: assertion failed: %s\n", file, line, function,
		expression);
	abort();
}
