/* SPDX-License-Identifier: MIT */
/*
 * Physical memory, page by page. A buddy allocator with per-CPU stacks of single frames in front of
 * it. Every frame has a struct frame: a reference count that mappings share, and room for its
 * owner's use.
 */
#ifndef MM_FRAME_H
#define MM_FRAME_H

#include "arch/layout.h"
#include "base/assert.h"
#include "lib/list.h"

#include <stdatomic.h>

#define FRAME_ORDER_MAX 10 /* 4 MiB */

enum frame_state {
	FRAME_RESERVED, /* not ours to give: image, boot data, holes */
	FRAME_FREE,     /* heads a free block of 2^order frames */
	FRAME_CACHED,   /* single and free, on a CPU's stack */
	FRAME_USED,     /* heads an allocated block */
};

struct frame {
	_Atomic uint32_t references; /* 0 while free; each mapping and each holder counts */
	/* [buddy lock while free, else the owner] */
	uint8_t state; /* enum frame_state */
	uint8_t order; /* of the block that this frame heads */
	bool poisoned; /* free and filled with FRAME_POISON (checked builds) */
	/* [lists' locks while free]; the owner's use while allocated */
	struct list_node node;
	void *owner; /* the same; of a cached one the frame below it */
};

enum frame_flags { FRAME_ZERO = 1 << 0 };

/* What a single free frame may contain, and is then kept apart for those who want just that. */
enum frame_content {
	CONTENT_ANY,
	CONTENT_ZEROES, /* for FRAME_ZERO, without being cleared again */
	CONTENT_ROOT,   /* the root of a page table without a user half (arch/pagetable.c) */
	CONTENT_KINDS
};

/* Builds the frame array from boot_info and frees what is usable; boot CPU, before anything else
 * here but boot_alloc(). */
void frame_init(void);

/* 2^order contiguous frames with one reference, aligned to their size; NULL when there are none.
 * The content is undefined without FRAME_ZERO. Never sleeps; any context but NMI. */
struct frame *frame_alloc(unsigned order, unsigned flags);

/* A single frame, with *content if there is one; *content says then what it has. */
struct frame *frame_alloc_with(enum frame_content *content);

/* Takes one more reference of a block whose head the caller holds or knows to be held. */
static inline void frame_get(struct frame *frame)
{
	/* relaxed: the reference that keeps the frame until now orders what needs order */
	uint32_t before = atomic_fetch_add_explicit(&frame->references, 1, memory_order_relaxed);

	(void)before;
	ASSERT(before > 0 && before < UINT32_MAX / 2);
}

void frame_free(struct frame *frame, uint32_t before); /* for frame_put() */

/* Drops a reference; the last frees the block. Any context but NMI. */
static inline void frame_put(struct frame *frame)
{
	/* acq_rel: what other holders did with the frame comes before its next use */
	uint32_t before = atomic_fetch_sub_explicit(&frame->references, 1, memory_order_acq_rel);

	if (before <= 1)
		frame_free(frame, before);
}

/* Drops a reference of each frame of a list through frame->node, which is empty afterwards. */
void frames_put(struct list *frames);
/* frame_put() for a single frame with one reference that contains `content`, such as an emptied
 * page table. */
void frame_put_with(struct frame *frame, enum frame_content content);

static inline uint32_t frame_references(const struct frame *frame)
{
	return atomic_load_explicit(&frame->references, memory_order_acquire);
}

/* const after frame_init() */
extern struct frame *frames; /* of physical address 0 and up */
extern size_t frame_count;

static inline paddr_t frame_paddr(const struct frame *frame)
{
	return (paddr_t)(frame - frames) << PAGE_SHIFT;
}

/* The frame of an address in RAM. */
static inline struct frame *frame_of(paddr_t physical)
{
	ASSERT(physical >> PAGE_SHIFT < frame_count);
	return &frames[physical >> PAGE_SHIFT];
}

static inline void *frame_vaddr(const struct frame *frame)
{
	return phys_to_virt(frame_paddr(frame));
}

/* Hands the whole pages in a range of RAM that was reserved at boot (the initrd) to the
 * allocator. */
void frame_release_range(paddr_t start, paddr_t end);

struct frame_counts {
	size_t total; /* frame_total() */
	size_t free;  /* in the buddy lists and the CPUs' stacks */
};
/* Frames ever handed to the allocator. */
size_t frame_total(void);
/* Exact while nobody allocates or frees. */
void frame_counts(struct frame_counts *counts);
/* Less than a sixteenth is free, the CPUs' stacks left out. What would stay when its process ends,
 * files and their names, takes no more then (-ENOSPC): killing gives none of it back, and somebody
 * has to have room to remove it. */
bool frames_are_scarce(void);
/* Gives every CPU's stack back to the buddy lists, so that blocks can merge. Thread context. */
void frame_drain_caches(void);

/* For what is needed before frame_init(): page-aligned, zeroed, never freed; panics when there is
 * none. */
void *boot_alloc(size_t bytes);

#endif
