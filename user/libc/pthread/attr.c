/* SPDX-License-Identifier: MIT */
/* Attributes of threads. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>

#include "lib/util.h"
#include "threads.h"

int pthread_attr_init(pthread_attr_t *attributes)
{
	*attributes = (pthread_attr_t){.stack_size = STACK_SIZE_DEFAULT, .guard_size = PAGE_SIZE};
	return 0;
}

int pthread_attr_destroy(pthread_attr_t *attributes)
{
	(void)attributes;
	return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state)
{
	if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED)
		return EINVAL;
	attributes->detached = state == PTHREAD_CREATE_DETACHED;
	return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attributes, int *state)
{
	*state = attributes->detached ? PTHREAD_CREATE_DETACHED : PTHREAD_CREATE_JOINABLE;
	return 0;
}

/* Sizes beyond half the address space would overflow when the guard is added. */
static bool size_possible(size_t size)
{
	return size <= SIZE_MAX / 4;
}

int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size)
{
	if (size < PTHREAD_STACK_MIN || !size_possible(size))
		return EINVAL;
	attributes->stack_size = size;
	attributes->stack = NULL;
	return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *restrict attributes, size_t *restrict size)
{
	*size = attributes->stack_size;
	return 0;
}

int pthread_attr_setguardsize(pthread_attr_t *attributes, size_t size)
{
	if (!size_possible(size))
		return EINVAL;
	attributes->guard_size = size;
	return 0;
}

int pthread_attr_getguardsize(const pthread_attr_t *restrict attributes, size_t *restrict size)
{
	*size = attributes->guard_size;
	return 0;
}

int pthread_attr_setstack(pthread_attr_t *attributes, void *stack, size_t size)
{
	if (size < PTHREAD_STACK_MIN || !size_possible(size) || (uintptr_t)stack % 16 != 0)
		return EINVAL;
	attributes->stack = stack;
	attributes->stack_size = size;
	return 0;
}

int pthread_attr_getstack(const pthread_attr_t *restrict attributes, void **restrict stack,
			  size_t *restrict size)
{
	*stack = attributes->stack;
	*size = attributes->stack_size;
	return 0;
}

/* Each thread is one of the kernel's. */
int pthread_attr_setscope(pthread_attr_t *attributes, int scope)
{
	(void)attributes;
	if (scope == PTHREAD_SCOPE_PROCESS)
		return ENOTSUP;
	return scope == PTHREAD_SCOPE_SYSTEM ? 0 : EINVAL;
}

int pthread_attr_getscope(const pthread_attr_t *restrict attributes, int *restrict scope)
{
	(void)attributes;
	*scope = PTHREAD_SCOPE_SYSTEM;
	return 0;
}

/* The process's first stack, which the kernel made: the program's name is at its very top. */
static void describe_first_stack(pthread_attr_t *attributes)
{
	uintptr_t name = getauxval(AT_EXECFN);
	uintptr_t top = ALIGN_UP(name + strlen((const char *)name) + 1, PAGE_SIZE);
	struct rlimit limit;

	attributes->stack_size = (size_t)8 << 20;
	if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < SIZE_MAX / 4)
		attributes->stack_size = ALIGN_DOWN(limit.rlim_cur, PAGE_SIZE);
	attributes->stack = (void *)(top - attributes->stack_size);
	attributes->guard_size = 0;
}

int pthread_getattr_np(pthread_t id, pthread_attr_t *attributes)
{
	struct thread_block *thread;
	sigset_t signals;

	*attributes = (pthread_attr_t){0};
	threads_lock(&signals);
	thread = threads_find_locked(id);
	if (thread) {
		attributes->detached = thread->detached;
		attributes->stack = thread->stack;
		attributes->stack_size = thread->stack_size;
		attributes->guard_size = thread->guard_size;
	}
	threads_unlock(&signals);
	if (!thread)
		return ESRCH;
	if (!attributes->stack)
		describe_first_stack(attributes);
	return 0;
}
