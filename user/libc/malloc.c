/* SPDX-License-Identifier: MIT */
/*
 * The heap: malloc() and its kin.
 *
 * A region of memory (got by sbrk(), or by mmap() where that fails) is cut into blocks without
 * gaps. Each begins with a header that says its own size and that of the block below, so that
 * both neighbours can be found from any block (Knuth's boundary tags):
 *
 *	| header | payload       | header | payload | ... | header |
 *	  previous: 0              previous: of the 1st     size 0: the end
 *
 * Free blocks are on lists ("bins") by size: exact up to 1 KiB, above that four bins for each
 * doubling. A bitmap says which bins have any. Allocation takes a block from the first bin whose
 * blocks are large enough and cuts off what is too much; freeing merges a block with its free
 * neighbours, so two free blocks never touch. Requests of 128 KiB or more are mappings of their
 * own, with the same header, and go back to the system at once.
 *
 * Misuse is found, where the header can tell: a pointer that never came from here, one freed
 * twice, a header destroyed by writing past the end of the block below. It ends the program.
 *
 * One lock protects it all.
 */
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/list.h"
#include "lib/util.h"
#include "lock.h"

struct block {
	size_t previous;    /* size of the block below; 0: this is a region's first, or a mapping */
	uint64_t size : 48; /* header included, a multiple of GRAIN; 0: a region's end */
	uint64_t tag : 16;
	struct list_node node; /* in its bin while free; the payload begins here */
};

#define HEADER_SIZE    offsetof(struct block, node)
#define GRAIN          ((size_t)16)
#define BLOCK_MINIMUM  sizeof(struct block)
#define EXACT_LIMIT    1024
#define BIN_COUNT      224
#define GROWTH         ((size_t)64 << 10)
#define MAP_THRESHOLD  ((size_t)128 << 10)
#define TRIM_THRESHOLD ((size_t)256 << 10)

/* Unlikely as data, and different in many bits from each other. */
enum { TAG_USED = 0xa5c3, TAG_FREE = 0x5d2e, TAG_MAPPED = 0x93b6 };

STATIC_ASSERT(HEADER_SIZE == GRAIN);
STATIC_ASSERT(BLOCK_MINIMUM == 2 * GRAIN);

struct lock libc_heap_lock;
static struct list bins[BIN_COUNT]; /* [libc_heap_lock] */
static uint64_t
	bins_used[BIN_COUNT / 64 + 1]; /* [libc_heap_lock] one bit per bin that is not empty */
static char *region_end;               /* [libc_heap_lock] of the region grown last */

static void *payload_of(struct block *block)
{
	return &block->node;
}

static struct block *block_of(void *payload)
{
	return (struct block *)((char *)payload - HEADER_SIZE);
}

static struct block *block_above(struct block *block)
{
	return (struct block *)((char *)block + block->size);
}

static struct block *block_below(struct block *block)
{
	return (struct block *)((char *)block - block->previous);
}

static void set_size(struct block *block, size_t size)
{
	block->size = size;
	block_above(block)->previous = size;
}

static void __attribute__((noreturn)) misuse(const char *what, const void *pointer)
{
	dprintf(STDERR_FILENO, "%s: heap misuse: %s: %p\n", program_invocation_short_name, what,
		pointer);
	abort();
}

/* The block of a pointer that the program hands back, after asking its header for sense. */
static struct block *check_pointer(void *payload)
{
	struct block *block = block_of(payload);

	if ((uintptr_t)payload % GRAIN != 0)
		misuse("not from malloc", payload);
	if (block->tag == TAG_FREE)
		misuse("freed twice", payload);
	if (block->tag == TAG_USED) {
		if (block_above(block)->previous != block->size)
			misuse("written past its end", payload);
	} else if (block->tag != TAG_MAPPED) {
		misuse("not from malloc, or overwritten", payload);
	}
	return block;
}

static unsigned int bin_of(size_t size)
{
	unsigned int log2;

	if (size < EXACT_LIMIT)
		return (unsigned int)(size / GRAIN);
	log2 = 63 - (unsigned int)__builtin_clzl(size);
	return EXACT_LIMIT / GRAIN + (log2 - 10) * 4 + (size >> (log2 - 2) & 3);
}

static void bin_insert(struct block *block)
{
	unsigned int bin = bin_of(block->size);

	block->tag = TAG_FREE;
	list_push_front(&bins[bin], &block->node);
	bins_used[bin / 64] |= BIT(bin % 64);
}

static void bin_remove(struct block *block)
{
	unsigned int bin = bin_of(block->size);

	list_remove(&block->node);
	if (list_empty(&bins[bin]))
		bins_used[bin / 64] &= ~BIT(bin % 64);
}

/* The first bin from `bin` on that has a block, or BIN_COUNT. */
static unsigned int next_used_bin(unsigned int bin)
{
	while (bin < BIN_COUNT) {
		uint64_t rest = bins_used[bin / 64] >> (bin % 64);

		if (rest)
			return bin + (unsigned int)__builtin_ctzl(rest);
		bin = ALIGN_UP(bin + 1, 64);
	}
	return BIN_COUNT;
}

/* A free block of at least `size`, taken off its bin; NULL when there is none. */
static struct block *take_fitting(size_t size)
{
	for (unsigned int bin = next_used_bin(bin_of(size)); bin < BIN_COUNT;
	     bin = next_used_bin(bin + 1)) {
		/* Only in the first bin can a block be too small. */
		list_for_each(node, &bins[bin]) {
			struct block *block = container_of(node, struct block, node);

			if (block->size >= size) {
				bin_remove(block);
				return block;
			}
		}
	}
	return NULL;
}

/* Puts a block on its bin, merged with its free neighbours; returns what it became. */
static struct block *release(struct block *block)
{
	struct block *above = block_above(block);

	if (above->tag == TAG_FREE) {
		bin_remove(above);
		set_size(block, block->size + above->size);
	}
	if (block->previous && block_below(block)->tag == TAG_FREE) {
		struct block *below = block_below(block);

		/* Its old header is now inside a free block: still "freed twice" if seen again. */
		block->tag = TAG_FREE;
		bin_remove(below);
		set_size(below, below->size + block->size);
		block = below;
	}
	bin_insert(block);
	return block;
}

/* Gives the end of the heap back to the system, when the free `block` is that end and large. */
static void trim(struct block *block)
{
	struct block *end = block_above(block);
	size_t excess = ALIGN_DOWN(block->size - GROWTH, 4096);

	if (end->size != 0 || (char *)end + HEADER_SIZE != sbrk(0))
		return;
	bin_remove(block);
	if (sbrk(-(intptr_t)excess) != (void *)-1) {
		region_end -= excess;
		block->size -= excess;
		end = block_above(block);
		end->size = 0;
		end->tag = TAG_USED;
		end->previous = block->size;
	}
	bin_insert(block);
}

/* Cuts the used `block` down to `size` and frees the rest, if that makes a block. */
static void cut(struct block *block, size_t size)
{
	size_t rest = block->size - size;
	struct block *upper;

	if (rest < BLOCK_MINIMUM)
		return;
	block->size = size;
	upper = block_above(block);
	upper->previous = size;
	set_size(upper, rest);
	release(upper);
}

/* Adds memory for a block of at least `size`; false when the system has none. */
static bool grow(size_t size)
{
	size_t wanted = ALIGN_UP(size + 2 * HEADER_SIZE, GROWTH);
	char *memory = sbrk((intptr_t)wanted);
	struct block *block, *end;

	if (memory == (char *)-1) {
		memory = mmap(NULL, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			      0);
		if (memory == MAP_FAILED)
			return false;
	}
	if (!region_end) {
		for (unsigned int bin = 0; bin < BIN_COUNT; bin++)
			list_init(&bins[bin]);
	}
	if (memory == region_end) {
		/* The old end's header becomes that of the new block. */
		block = block_of(memory);
		block->size = wanted;
	} else {
		block = (struct block *)ALIGN_UP((uintptr_t)memory, GRAIN);
		block->previous = 0;
		block->size =
			ALIGN_DOWN((size_t)(memory + wanted - (char *)block), GRAIN) - HEADER_SIZE;
	}
	region_end = (char *)block_above(block) + HEADER_SIZE;
	end = block_above(block);
	end->previous = block->size;
	end->size = 0;
	end->tag = TAG_USED;
	release(block);
	return true;
}

/* A block for `size` bytes of payload that is at least so large; NULL with errno. */
static struct block *allocate_block(size_t size)
{
	struct block *block;

	size = MAX(ALIGN_UP(size + HEADER_SIZE, GRAIN), BLOCK_MINIMUM);
	block = take_fitting(size);
	if (!block && grow(size))
		block = take_fitting(size);
	if (!block) {
		errno = ENOMEM;
		return NULL;
	}
	block->tag = TAG_USED;
	cut(block, size);
	return block;
}

static struct block *allocate_mapping(size_t size)
{
	struct block *block;

	size = ALIGN_UP(size + HEADER_SIZE, 4096);
	block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return NULL;
	block->previous = 0;
	block->size = size;
	block->tag = TAG_MAPPED;
	return block;
}

/* Sizes near the top of the range would overflow when rounded up; no object may be so large. */
static bool size_possible(size_t size)
{
	if (size <= PTRDIFF_MAX / 2)
		return true;
	errno = ENOMEM;
	return false;
}

static struct block *allocate(size_t size)
{
	struct block *block;

	if (!size_possible(size))
		return NULL;
	if (size >= MAP_THRESHOLD)
		return allocate_mapping(size);
	lock_acquire(&libc_heap_lock);
	block = allocate_block(size);
	lock_release(&libc_heap_lock);
	return block;
}

void *malloc(size_t size)
{
	struct block *block = allocate(size);

	return block ? payload_of(block) : NULL;
}

void free(void *memory)
{
	struct block *block;
	int saved_errno = errno;

	if (!memory)
		return;
	lock_acquire(&libc_heap_lock);
	block = check_pointer(memory);
	if (block->tag == TAG_MAPPED) {
		lock_release(&libc_heap_lock);
		munmap(block, block->size);
	} else {
		block = release(block);
		if (block->size >= TRIM_THRESHOLD)
			trim(block);
		lock_release(&libc_heap_lock);
	}
	errno = saved_errno;
}

void *calloc(size_t count, size_t size)
{
	struct block *block;
	size_t total;

	if (__builtin_mul_overflow(count, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	block = allocate(total);
	if (!block)
		return NULL;
	/* A new mapping is zero already. */
	if (block->tag == TAG_USED)
		memset(payload_of(block), 0, total);
	return payload_of(block);
}

size_t malloc_usable_size(void *memory)
{
	return memory ? block_of(memory)->size - HEADER_SIZE : 0;
}

/* Makes `block` hold `size` bytes without moving it, taking from a free block above. */
static bool resize_in_place(struct block *block, size_t size)
{
	struct block *above = block_above(block);

	size = MAX(ALIGN_UP(size + HEADER_SIZE, GRAIN), BLOCK_MINIMUM);
	if (size > block->size) {
		if (above->tag != TAG_FREE || block->size + above->size < size)
			return false;
		bin_remove(above);
		set_size(block, block->size + above->size);
	}
	cut(block, size);
	return true;
}

/* The moved mapping, or NULL with errno. */
static void *resize_mapping(struct block *block, size_t size)
{
	size = ALIGN_UP(size + HEADER_SIZE, 4096);
	block = mremap(block, block->size, size, MREMAP_MAYMOVE);
	if (block == MAP_FAILED)
		return NULL;
	block->size = size;
	return payload_of(block);
}

void *realloc(void *memory, size_t size)
{
	struct block *block;
	size_t old_size;
	bool done = false;
	void *moved;

	if (!memory)
		return malloc(size);
	if (!size_possible(size))
		return NULL;
	lock_acquire(&libc_heap_lock);
	block = check_pointer(memory);
	if (block->tag == TAG_USED)
		done = resize_in_place(block, size);
	lock_release(&libc_heap_lock);
	if (done)
		return memory;
	if (block->tag == TAG_MAPPED && size >= MAP_THRESHOLD)
		return resize_mapping(block, size);

	old_size = malloc_usable_size(memory);
	moved = malloc(size);
	if (moved) {
		memcpy(moved, memory, MIN(size, old_size));
		free(memory);
	}
	return moved;
}

void *reallocarray(void *memory, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(memory, total);
}

/* `alignment` is a power of two, larger than GRAIN. */
static struct block *allocate_aligned(size_t alignment, size_t size)
{
	/* Large enough that an aligned payload lies inside, with room for a free block before. */
	struct block *lower = allocate_block(size + alignment + BLOCK_MINIMUM);
	struct block *block;
	uintptr_t payload;

	if (!lower)
		return NULL;
	payload = (uintptr_t)payload_of(lower);
	if (payload % alignment == 0) {
		block = lower;
	} else {
		size_t offset;

		payload = ALIGN_UP(payload + BLOCK_MINIMUM, alignment);
		block = block_of((void *)payload);
		offset = (size_t)((char *)block - (char *)lower);
		block->tag = TAG_USED;
		set_size(block, lower->size - offset);
		set_size(lower, offset);
		release(lower);
	}
	resize_in_place(block, size);
	return block;
}

void *aligned_alloc(size_t alignment, size_t size)
{
	struct block *block;

	if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
		errno = EINVAL;
		return NULL;
	}
	if (alignment <= GRAIN)
		return malloc(size);
	if (!size_possible(size) || !size_possible(alignment))
		return NULL;
	lock_acquire(&libc_heap_lock);
	block = allocate_aligned(alignment, size);
	lock_release(&libc_heap_lock);
	return block ? payload_of(block) : NULL;
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
	int saved_errno = errno;
	int error = 0;
	void *memory;

	if (alignment % sizeof(void *) != 0)
		return EINVAL;
	memory = aligned_alloc(alignment, size);
	if (memory)
		*result = memory;
	else
		error = errno;
	errno = saved_errno;
	return error;
}

void *memalign(size_t alignment, size_t size)
{
	return aligned_alloc(alignment, size);
}
