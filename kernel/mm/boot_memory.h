/* SPDX-License-Identifier: MIT */
/* The RAM that is free at boot, for frame_init(). boot_alloc() takes from it too. */
#ifndef MM_BOOT_MEMORY_H
#define MM_BOOT_MEMORY_H

#include "base/boot_info.h"

struct memory_span {
	paddr_t start, end; /* page-aligned; end exclusive */
};

/* Page-aligned RAM for `bytes`, with whatever it contains. Panics when there is none. */
paddr_t boot_memory_take(size_t bytes);
/* The highest address of RAM plus one: free, taken or held by the image and the initrd. */
paddr_t boot_memory_top(void);
/* Any byte of [start, end) is RAM that the loader called usable. */
bool boot_memory_is_ram(paddr_t start, paddr_t end);
/* All of [start, end) is free. */
bool boot_memory_is_free(paddr_t start, paddr_t end);
/* The free spans, in no order; after this nothing may be taken any more. */
size_t boot_memory_finish(const struct memory_span **spans);

#endif
