/* SPDX-License-Identifier: MIT */
/*
 * The heap under random use: every block keeps its contents, none overlaps another, every header
 * stays consistent, all memory comes back together in the end; and misuse is found.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/host/random.h"

/* A break of our own, which can be made to fail or to leave a gap. */
static char *arena;
static size_t arena_size = 64 << 20;
static size_t arena_used;
static bool break_fails;

static void *fake_sbrk(intptr_t increment)
{
	char *old = arena + arena_used;

	if (increment > 0 && (break_fails || arena_used + (size_t)increment > arena_size)) {
		errno = ENOMEM;
		return (void *)-1;
	}
	arena_used += (size_t)increment;
	return old;
}

/* abort() after a complaint comes back here. */
static jmp_buf misuse_found;
static char complaint[200];

static void fake_dprintf(int fd, const char *fmt, ...)
{
	va_list arguments;

	(void)fd;
	va_start(arguments, fmt);
	vsnprintf(complaint, sizeof(complaint), fmt, arguments);
	va_end(arguments);
}

static void __attribute__((noreturn)) fake_abort(void)
{
	longjmp(misuse_found, 1);
}

#define malloc             tarae_malloc
#define free               tarae_free
#define calloc             tarae_calloc
#define realloc            tarae_realloc
#define reallocarray       tarae_reallocarray
#define aligned_alloc      tarae_aligned_alloc
#define posix_memalign     tarae_posix_memalign
#define memalign           tarae_memalign
#define malloc_usable_size tarae_malloc_usable_size
#define sbrk               fake_sbrk
#define dprintf            fake_dprintf
#define abort              fake_abort
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "user/libc/malloc.c"

#define SLOTS  400
#define ROUNDS 60000

static struct slot {
	unsigned char *memory;
	size_t size;
	unsigned char fill;
} slots[SLOTS];

/* Walks the region in `arena`, which must be without gaps from its first block to its end. */
static void check_heap(void)
{
	struct block *block = (struct block *)arena;
	size_t free_blocks = 0, listed = 0;
	size_t previous = 0;
	bool was_free = false;

	if (arena_used == 0)
		return;
	for (; block->size != 0; block = block_above(block)) {
		assert(block->previous == previous);
		assert(block->size % GRAIN == 0 && block->size >= BLOCK_MINIMUM);
		assert(block->tag == TAG_FREE || block->tag == TAG_USED);
		assert(!(was_free && block->tag == TAG_FREE));
		was_free = block->tag == TAG_FREE;
		free_blocks += was_free;
		previous = block->size;
	}
	assert((char *)block + HEADER_SIZE == arena + arena_used);
	for (unsigned int bin = 0; bin < BIN_COUNT; bin++) {
		assert(list_empty(&bins[bin]) == !(bins_used[bin / 64] >> (bin % 64) & 1));
		list_for_each(node, &bins[bin]) {
			block = container_of(node, struct block, node);
			assert(block->tag == TAG_FREE && bin_of(block->size) == bin);
			listed++;
		}
	}
	assert(listed == free_blocks);
}

static void check_contents(const struct slot *slot, size_t size)
{
	for (size_t i = 0; i < size; i++)
		assert(slot->memory[i] == slot->fill);
}

static size_t random_size(void)
{
	switch (random_below(20)) {
	case 0:
		return random_below(400000);
	case 1:
	case 2:
		return random_below(20000);
	default:
		return random_below(600);
	}
}

static void fill(struct slot *slot, void *memory, size_t size)
{
	assert(memory && (uintptr_t)memory % 16 == 0);
	assert(malloc_usable_size(memory) >= size);
	slot->memory = memory;
	slot->size = size;
	slot->fill = (unsigned char)random_bits();
	memset(memory, slot->fill, size);
}

static void allocate_slot(struct slot *slot)
{
	size_t alignment = (size_t)1 << random_below(14);
	size_t size = random_size();
	void *memory;

	switch (random_below(4)) {
	case 0:
		memory = calloc(1 + size / 8, 8);
		for (size_t i = 0; i < size; i++)
			assert(((char *)memory)[i] == 0);
		break;
	case 1:
		memory = aligned_alloc(alignment, size);
		assert((uintptr_t)memory % alignment == 0);
		break;
	default:
		memory = malloc(size);
	}
	fill(slot, memory, size);
}

static void test_random(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		/* Phases of growing and shrinking. */
		bool growing = round / 5000 % 2 == 0;
		struct slot *slot = &slots[random_below(growing ? SLOTS : SLOTS / 8)];

		if (!slot->memory) {
			allocate_slot(slot);
		} else if (random_below(4) == 0) {
			size_t size = 1 + random_size();
			void *memory = realloc(slot->memory, size);

			check_contents(&(struct slot){memory, size, slot->fill},
				       size < slot->size ? size : slot->size);
			fill(slot, memory, size);
		} else {
			check_contents(slot, slot->size);
			free(slot->memory);
			slot->memory = NULL;
		}
		if (round % 64 == 0)
			check_heap();
	}
	for (int i = 0; i < SLOTS; i++) {
		if (slots[i].memory)
			check_contents(&slots[i], slots[i].size);
		free(slots[i].memory);
		slots[i].memory = NULL;
	}
	check_heap();
	/* Everything merged into one block, and most of it was given back. */
	assert(((struct block *)arena)->size + 2 * HEADER_SIZE >= arena_used);
	assert(arena_used < TRIM_THRESHOLD + GROWTH);
}

static void test_limits(void)
{
	void *volatile memory;

	errno = 0;
	memory = malloc(SIZE_MAX);
	assert(!memory && errno == ENOMEM);
	errno = 0;
	memory = calloc(SIZE_MAX / 2, 3);
	assert(!memory && errno == ENOMEM);
	errno = 0;
	memory = reallocarray(NULL, SIZE_MAX / 2, 3);
	assert(!memory && errno == ENOMEM);
	errno = 0;
	memory = aligned_alloc(48, 10);
	assert(!memory && errno == EINVAL);
	assert(posix_memalign((void **)&memory, 24, 10) == EINVAL);
	assert(posix_memalign((void **)&memory, 64, 10) == 0 && (uintptr_t)memory % 64 == 0);
	free(memory);
	memory = malloc(0);
	assert(memory);
	free(memory);
	free(NULL);
}

/* Without a break the heap lives in mappings. */
static void test_break_fails(void)
{
	void *memory[200];

	break_fails = true;
	for (int i = 0; i < 200; i++) {
		memory[i] = malloc(5000);
		assert(memory[i]);
		memset(memory[i], i, 5000);
	}
	for (int i = 0; i < 200; i++) {
		assert(*(unsigned char *)memory[i] == i);
		free(memory[i]);
	}
	break_fails = false;
}

#define FINDS(what, ...)                                                                         \
	do {                                                                                     \
		if (setjmp(misuse_found) == 0) {                                                 \
			__VA_ARGS__;                                                             \
			printf("%s:%d: not found: %s\n", __FILE__, __LINE__, what);              \
			exit(1);                                                                 \
		}                                                                                \
		lock_release(&libc_heap_lock);                                                   \
		if (!strstr(complaint, what)) {                                                  \
			printf("%s:%d: expected \"%s\", got \"%s\"\n", __FILE__, __LINE__, what, \
			       complaint);                                                       \
			exit(1);                                                                 \
		}                                                                                \
	} while (0)

static void test_misuse(void)
{
	char *volatile a = malloc(40), *volatile b = malloc(40), *volatile c = malloc(40);
	char *volatile d = malloc(40);
	static _Alignas(16) char elsewhere[64];

	/* Alone, then merged with the block below, then with the one above. */
	free(b);
	FINDS("freed twice", free(b));
	free(c);
	FINDS("freed twice", free(c));
	FINDS("freed twice", free(b));
	FINDS("freed twice", b = realloc(b, 10));
	FINDS("not from malloc", free(a + 1));
	FINDS("not from malloc", free(a + 16));
	FINDS("not from malloc", free(elsewhere + 32));
	memset(a, 'x', 56);
	FINDS("written past its end", free(a));
	memset(d - 16, 0, 16);
	FINDS("overwritten", free(d));
}

int main(void)
{
	arena = mmap(NULL, arena_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert(arena != MAP_FAILED);
	random_start();
	test_limits();
	test_random();
	test_break_fails();
	test_misuse();
	return 0;
}
