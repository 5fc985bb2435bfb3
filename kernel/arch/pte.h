/* SPDX-License-Identifier: MIT */
/*
 * Page table entries, for pagetable.c and kernel_pagetable.c. SDM vol. 3, 4.5, tables 4-15 to 4-20.
 * Entries are _Atomic because the MMU of another CPU may read them, and set A and D, at any moment.
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include "arch/layout.h"
#include "arch/pagetable.h"
#include "lib/util.h"

#include <stdatomic.h>

#define PTE_PRESENT       BIT(0)
#define PTE_WRITE         BIT(1)
#define PTE_USER          BIT(2)
#define PTE_WRITE_THROUGH BIT(3)
#define PTE_NO_CACHE      BIT(4)
#define PTE_ACCESSED      BIT(5)
#define PTE_DIRTY         BIT(6)
#define PTE_HUGE          BIT(7) /* in a page directory: maps 2 MiB */
#define PTE_GLOBAL        BIT(8)
#define PTE_COW           BIT(9)  /* software: PAGE_COW */
#define PTE_KEPT          BIT(10) /* software: not present, but holds a frame (PROT_NONE) */
#define PTE_NO_EXEC       BIT(63)
#define PTE_ADDRESS       0x000ffffffffff000UL

#define ENTRIES 512
/* Levels: 0 is the table whose entries map pages, 3 the root (PML4). */
#define ROOT_LEVEL         3
#define LEVEL_SHIFT(level) (PAGE_SHIFT + 9 * (level))
#define LEVEL_SPAN(level)  (1UL << LEVEL_SHIFT(level)) /* bytes that one entry covers */
#define HUGE_SIZE          LEVEL_SPAN(1)

static inline unsigned pte_index(vaddr_t address, unsigned level)
{
	return address >> LEVEL_SHIFT(level) & (ENTRIES - 1);
}

static inline uint64_t pte_load(const pte_t *entry)
{
	return atomic_load_explicit(entry, memory_order_relaxed);
}

/* release: what the entry leads to (a new table's zeroes) is written before it */
static inline void pte_store(pte_t *entry, uint64_t value)
{
	atomic_store_explicit(entry, value, memory_order_release);
}

/* How many of the `count` entries from `entry` on are empty before the first that is not. Most are,
 * and walks spend their time on them: a loop in C takes 8 instructions for each, SCAS one. */
static inline size_t pte_count_empty(const pte_t *entry, size_t count)
{
	const pte_t *at = entry;
	bool found;

	__asm__ volatile("xorl %%eax, %%eax; repe scasq"
			 : "+D"(at), "+c"(count), "=@ccne"(found)::"rax", "memory");
	return (size_t)(at - entry) - found;
}

static inline pte_t *pte_table(uint64_t entry)
{
	return phys_to_virt(entry & PTE_ADDRESS);
}

/* The root that has nothing but the kernel half; const after pagetable_init_kernel(). */
paddr_t kernel_pagetable_root(void);

#endif
