/* SPDX-License-Identifier: MIT */
/*
 * Physical memory, page by page. A buddy allocator with per-CPU lists of single frames in front of it. Every
 * frame has a struct frame: a reference count that mappings share, and room for its owner's use.
 */
#ifndef MM_FRAME_H
#define MM_FRAME_H

#include "arch/layout.h"
#include "lib/list.h"

#include <stdatomic.h>

#define FRAME_ORDER_MAX 10 /* 4 MiB */

enum frame_state { FRAME_RESERVED, FRAME_FREE, FRAME_USED };

struct frame {
	_Atomic uint32_t references; /* 0 while free; each mapping and each holder counts */
	uint8_t state;               /* enum frame_state [RANK_FRAME lock, or owner] */
	uint8_t order;               /* of the block this frame heads [likewise] */
	uint16_t slab_class;         /* owner's use: slab */
	struct list_node node;       /* free list, or the owner's use */
	void *owner;                 /* the slab, or NULL */
};

enum frame_flags { FRAME_ZERO = 1 << 0 };

/* Builds the frame array from boot_info and frees what is usable; boot CPU, before anything allocates. */
void frame_init(void);
/* 2^order contiguous frames with one reference, NULL when there are none. Never sleeps; any context but NMI. */
struct frame *frame_alloc(unsigned order, unsigned flags);
/* Up to `count` single frames into `frames`; returns how many. */
void frame_get(struct frame *frame);
/* Drops a reference; the last frees the block. Any context but NMI. */
void frame_put(struct frame *frame);
uint32_t frame_references(const struct frame *frame);

paddr_t frame_paddr(const struct frame *frame);
/* The frame of an address in RAM; NULL for addresses that are not RAM. */
struct frame *frame_of(paddr_t physical);
static inline void *frame_vaddr(const struct frame *frame)
{
	return phys_to_virt(frame_paddr(frame));
}

/* Hands a range of RAM that was reserved at boot (the initrd, boot data) to the allocator. */
void frame_release_range(paddr_t start, paddr_t end);

struct frame_counts {
	size_t total, free; /* free: in the buddy lists and the per-CPU lists */
};
void frame_counts(struct frame_counts *counts);
/* Gives every per-CPU list back to the buddy lists. Thread context. */
void frame_drain_caches(void);

/* An early allocator for what is needed before frame_init(): page-aligned, zeroed, never freed. */
void *boot_alloc(size_t bytes);

#endif
