/* SPDX-License-Identifier: MIT */
/*
 * The memory of a thread: one mapping.
 *
 *	mapping	->	guard		no access: running over the stack's end is a fault
 *	stack	->	...		grows downward, towards the guard
 *			...		<- RSP at the thread's first instruction
 *			TLS		the program's `__thread` variables
 *	FS	->	thread block	libc's own
 *
 * Nothing of it is in memory before it is touched, so a thread that needs little costs the page at
 * the top. With pthread_attr_setstack() the mapping is the program's, without a guard, and what is
 * at the top is taken off its size.
 *
 * The mappings of a few joined threads are kept for the next ones: mapping one, touching it and
 * unmapping it is most of what a thread's beginning and end cost.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/util.h"
#include "threads.h"

/* A stack of the program's is not used if no more would be left: for a signal's frame, say. */
#define STACK_LEFT_MIN PAGE_SIZE

/* Bytes at the top for TLS and block: as they are aligned downward, at most this much. */
static size_t top_room(void)
{
	return tls_block_size() + tls_block_alignment();
}

/* Puts the block at the top of `size` bytes at `stack`. */
static struct thread_block *place_block(char *stack, size_t size)
{
	uintptr_t memory = (uintptr_t)stack + size - tls_block_size();
	struct thread_block *thread;

	memory = ALIGN_DOWN(memory, tls_block_alignment());
	thread = tls_create_block((void *)memory);
	thread->stack = stack;
	thread->stack_size = memory - (uintptr_t)stack;
	return thread;
}

/* `guard` bytes without access, then `size` bytes of memory; both whole pages. */
static char *map_stack(size_t guard, size_t size)
{
	char *mapping = mmap(NULL, guard + size, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (mapping == MAP_FAILED)
		return NULL;
	if (mprotect(mapping + guard, size, PROT_READ | PROT_WRITE) < 0) {
		munmap(mapping, guard + size);
		return NULL;
	}
	return mapping;
}

/* Mappings of the usual size with the usual guard, or NULL. Each is taken and put by one exchange,
 * so that a fork() finds none half done. */
enum { SPARES = 4 };
static char *_Atomic spares[SPARES];

static bool is_usual(size_t guard, size_t size)
{
	return guard == PAGE_SIZE && size == ALIGN_UP(STACK_SIZE_DEFAULT + top_room(), PAGE_SIZE);
}

static char *spare_take(void)
{
	char *mapping = NULL;

	for (int i = 0; i < SPARES && !mapping; i++)
		mapping = atomic_exchange(&spares[i], NULL);
	return mapping;
}

static bool spare_put(char *mapping)
{
	for (int i = 0; i < SPARES; i++) {
		char *none = NULL;

		if (atomic_compare_exchange_strong(&spares[i], &none, mapping))
			return true;
	}
	return false;
}

struct thread_block *thread_allocate(const pthread_attr_t *attributes)
{
	size_t size = attributes ? attributes->stack_size : STACK_SIZE_DEFAULT;
	size_t guard = attributes ? attributes->guard_size : PAGE_SIZE;
	struct thread_block *thread;
	char *mapping;

	if (attributes && attributes->stack)
		return size < top_room() + STACK_LEFT_MIN ? NULL
							  : place_block(attributes->stack, size);
	guard = ALIGN_UP(guard, PAGE_SIZE);
	size = ALIGN_UP(size + top_room(), PAGE_SIZE);
	mapping = is_usual(guard, size) ? spare_take() : NULL;
	if (!mapping)
		mapping = map_stack(guard, size);
	if (!mapping)
		return NULL;
	thread = place_block(mapping + guard, size);
	thread->mapping = mapping;
	thread->mapping_size = guard + size;
	thread->guard_size = guard;
	return thread;
}

void thread_free(struct thread_block *thread)
{
	size_t guard = thread->guard_size;

	if (!thread->mapping)
		return;
	if (is_usual(guard, thread->mapping_size - guard) && spare_put(thread->mapping))
		return;
	munmap(thread->mapping, thread->mapping_size);
}
