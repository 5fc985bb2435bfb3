/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks: 16 KiB, each above an unmapped guard area in the kernel stack area, so that an
 * overflow is a double fault with a name instead of a silent corruption. Freed stacks are kept
 * mapped in a cache.
 */
#ifndef MM_KSTACK_H
#define MM_KSTACK_H

#include "arch/types.h"

#define KSTACK_SIZE (4 * PAGE_SIZE)

/* After frame_init(); boot CPU. */
void kstack_init(void);
/* The top (highest address + 1) of a stack, page-aligned; its content is undefined. 0: no memory.
 * Thread context. */
vaddr_t must_check kstack_alloc(void);
/* Puts it back into a cache. Any context but NMI: the scheduler frees the stack of a dead thread.
 * Not for the stack that runs. */
void kstack_free(vaddr_t top);
/* Unmaps stacks if many are cached. Thread context, no spinlock held, interrupts on. */
void kstack_trim(void);
/* True when `address` lies in the guard area below a stack; *top gets that stack's top. Any
 * context. */
bool kstack_is_guard(vaddr_t address, vaddr_t *top);
/* Unmaps and frees all cached stacks. As kstack_trim(). */
void kstack_drain(void);

#endif
