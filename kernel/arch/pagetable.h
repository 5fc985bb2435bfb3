/* SPDX-License-Identifier: MIT */
/*
 * 4-level page tables (SDM vol. 3, 4.5). A struct page_table is the arch half of an address space:
 * the root and the set of CPUs that have it loaded. The caller serialises changes to one page table
 * (vm: the address space's lock and the page-table lock); walking by the MMU needs no lock.
 *
 * Nothing here flushes another CPU's TLB: after taking rights away the caller calls tlb_shootdown()
 * (arch/tlb.h), and frees frames only after that returned.
 */
#ifndef ARCH_PAGETABLE_H
#define ARCH_PAGETABLE_H

#include "arch/types.h"
#include "lib/list.h"

struct page_table {
	paddr_t root; /* const */
	/* [as the entries] all table pages but the root, by frame->node; frame->owner is the entry
	 * that leads to it */
	struct list tables;
	/* [written by whom the caller's lock lets change the table] pages of the user half, the
	 * root too */
	_Atomic uint32_t table_pages;
	/* [atomic, seq_cst] CPUs that may hold translations of it: a bit is set before CR3 is
	 * loaded and cleared after leaving it. */
	_Atomic cpumask_t loaded_on;
};

/* The rights and attributes of a mapping, in the terms of vm. Those that the MMU has a bit for have
 * its value (asserted in pagetable.c): every fault translates them back and forth. */
enum page_flags {
	PAGE_READ = 1 << 0,
	PAGE_WRITE = 1 << 1,
	PAGE_USER = 1 << 2,
	PAGE_EXEC = 1 << 3,
	PAGE_UNCACHED = 1 << 4,
	PAGE_ACCESSED = 1 << 5, /* reported by look-ups only */
	PAGE_DIRTY = 1 << 6,    /* reported by look-ups only */
	PAGE_COW = 1 << 9,      /* software: private and shared with someone; copy before writing */
};
/* A user page without PAGE_READ|WRITE|EXEC keeps its frame but is not present to the MMU
 * (PROT_NONE). PAGE_COW wins over PAGE_WRITE: the MMU sees the page read-only, and a look-up finds
 * no PAGE_WRITE. The MMU knows no page that can be written or executed but not read: a look-up
 * finds PAGE_READ too. */

struct page_mapping {
	paddr_t frame;
	unsigned flags; /* enum page_flags */
};

/* Makes an empty user page table that shares the kernel half. -ENOMEM. */
int must_check pagetable_create(struct page_table *table);
/* Frees the tables (not the pages they map: unmap first). No CPU has it loaded any more. */
void pagetable_destroy(struct page_table *table);

/* Maps or remaps one page. -ENOMEM when a table page cannot be had (nothing changed then). */
int must_check pagetable_map(struct page_table *table, vaddr_t address, paddr_t frame,
			     unsigned flags);
/* Makes sure that pagetable_map() of `address` cannot fail. */
int must_check pagetable_reserve(struct page_table *table, vaddr_t address);
/* The mapping of one page. False: none. */
bool pagetable_lookup(struct page_table *table, vaddr_t address, struct page_mapping *mapping);

/* The same in two steps, for who looks at one page several times. The entry of a page, with the
 * tables that lead to it made if need be; NULL: no memory. It stays until its table may be pruned
 * or destroyed. */
typedef _Atomic uint64_t pte_t;
pte_t *must_check pagetable_entry(struct page_table *table, vaddr_t address);
bool pagetable_entry_get(const pte_t *entry, struct page_mapping *mapping);
void pagetable_entry_set(pte_t *entry, paddr_t frame, unsigned flags);

/* Calls `visit` for every mapped page of [start, end), in order, skipping unmapped tables at once.
 * `visit` may change *mapping and return PAGE_VISIT_UPDATE, or ask to clear it; and it may map and
 * reserve other addresses of the table. */
enum page_visit {
	PAGE_VISIT_KEEP,
	PAGE_VISIT_UPDATE,
	PAGE_VISIT_CLEAR,
	PAGE_VISIT_STOP, /* keep this page and end the walk */
};
typedef enum page_visit page_visitor(vaddr_t address, struct page_mapping *mapping, void *argument);
void pagetable_visit(struct page_table *table, vaddr_t start, vaddr_t end, page_visitor *visit,
		     void *argument);
/* Puts the frames of all pages in [start, end) and clears their entries: for the end of a page
 * table that no CPU has loaded and nobody else knows any more. */
void pagetable_drop(struct page_table *table, vaddr_t start, vaddr_t end);
/* Unlinks the table pages that lie wholly inside [start, end) and hold no mapping any more, and
 * appends their frames (frame->node) to `freed`. Called after the entries were cleared and before
 * the shootdown; the caller puts the frames after it, because the MMU may walk cached upper levels
 * until then. */
void pagetable_prune(struct page_table *table, vaddr_t start, vaddr_t end, struct list *freed);
/* For fork: gives `child` the mappings that `parent` has in [start, end) and takes a reference of
 * each frame. With `cow`, every page (writable or not) becomes PAGE_COW without PAGE_WRITE in
 * both. Walks both tables side by side, a leaf table at a time. Adds the number of pages to
 * *copied and sets *narrowed when an entry of the parent lost its write right (a shootdown is
 * due). -ENOMEM: what was copied so far stays in both. */
int must_check pagetable_copy(struct page_table *child, struct page_table *parent, vaddr_t start,
			      vaddr_t end, bool cow, size_t *copied, bool *narrowed);
/* Number of table pages in use by the user half (for /proc and the accounts). */
size_t pagetable_pages(struct page_table *table);

/* Loads `table` on this CPU (NULL: the kernel's own), keeping loaded_on right; no CR3 write when
 * it is loaded already. Preemption off. */
void pagetable_switch(struct page_table *table);
/* The same where interrupts are off and another one is loaded. */
void pagetable_load(struct page_table *table);

/* Kernel half, one for all. Maps `bytes` of device registers uncached; boot only; panics when
 * full. */
void *mmio_map(paddr_t physical, size_t bytes);
/* Maps/unmaps one page of the kernel stack area. kernel_unmap_page does no TLB shootdown and
 * returns the frame that was mapped there (there was one). */
int must_check kernel_map_page(vaddr_t address, paddr_t frame, unsigned flags);
paddr_t kernel_unmap_page(vaddr_t address);

/* Replaces the boot page table (the first 4 GiB) by the final one: direct map of all RAM (NX,
 * image text and rodata read-only in it too), image W^X, all kernel PML4 slots filled. Takes its
 * pages from boot_alloc(), so before frame_init(), which can then reach all of RAM; boot CPU
 * only. */
void pagetable_init_kernel(void);

#endif
