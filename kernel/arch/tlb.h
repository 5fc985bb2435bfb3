/* SPDX-License-Identifier: MIT */
/*
 * Taking a translation away from every CPU that may have cached it. The caller has changed the
 * entries; we fence, read the mask, send IPIs and wait for every acknowledgement. Never called
 * with a spinlock held or interrupts off (asserted): the other CPU may be waiting for that very
 * lock.
 */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include "arch/pagetable.h"

/* Flushes [start, end) of `table` everywhere it is loaded (the whole TLB where the range is
 * long). */
void tlb_shootdown(struct page_table *table, vaddr_t start, vaddr_t end);
/* Flushes one page if no CPU but this one may have it in its TLB. False: another may, and nothing
 * is done. Preemption off; spinlocks may be held. */
bool must_check tlb_flush_alone(struct page_table *table, vaddr_t address);
/* Flushes one page of this CPU only. */
void tlb_flush_local(vaddr_t address);
/* Makes every CPU that still keeps `table` loaded lazily load the kernel's root instead. */
void tlb_evict(struct page_table *table);
/* Kernel range, every CPU. */
void tlb_shootdown_kernel(vaddr_t start, vaddr_t end);

#endif
