/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks: 16 KiB, each above an unmapped guard page in the kernel stack area, so that an overflow is
 * a double fault with a name instead of a silent corruption. Freed stacks are kept mapped in a cache.
 */
#ifndef MM_KSTACK_H
#define MM_KSTACK_H

#include "arch/types.h"

#define KSTACK_SIZE (4 * PAGE_SIZE)

void kstack_init(void);
/* The top (highest address + 1) of a stack, 16-byte aligned; 0: no memory. Thread context. */
vaddr_t kstack_alloc(void);
void kstack_free(vaddr_t top);
/* True when `address` lies in a stack's guard page; *top gets that stack's top. */
bool kstack_is_guard(vaddr_t address, vaddr_t *top);
/* Unmaps and frees cached stacks. Thread context. */
void kstack_drain(void);

#endif
