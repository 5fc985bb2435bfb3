/* SPDX-License-Identifier: MIT */
/*
 * Page tables of address spaces: the user half. Four levels of tables with 512 entries each; a
 * table page counts its used entries by its references, so that an empty one is known
 * without looking at all 512. They are listed, too: a process ends without a search for its tables.
 *
 * The caller serialises changes to one page table. Nothing is flushed here (arch/tlb.h).
 *
 * Entry points: pagetable_create/_destroy, _map, _reserve, _lookup, _entry, _visit, _drop, _prune,
 * _copy, _switch.
 */
#include "arch/pagetable.h"

#include "arch/cpu.h"
#include "arch/irq.h"
#include "arch/pte.h"
#include "arch/regs.h"
#include "base/assert.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "mm/frame.h"

#define KERNEL_HALF (ENTRIES / 2)

/* ---- Between vm's terms and the MMU's ---- */

/* What both have at the same place. */
#define PLAIN_FLAGS (PAGE_WRITE | PAGE_USER | PAGE_UNCACHED | PAGE_COW)
_Static_assert(PAGE_READ == PTE_PRESENT && PAGE_WRITE == PTE_WRITE && PAGE_USER == PTE_USER &&
		       PAGE_UNCACHED == PTE_NO_CACHE && PAGE_ACCESSED == PTE_ACCESSED &&
		       PAGE_DIRTY == PTE_DIRTY && PAGE_COW == PTE_COW,
	       "the flags of a page are the MMU's");

static uint64_t pte_of(paddr_t frame, unsigned flags)
{
	uint64_t entry = frame | (flags & PLAIN_FLAGS);

	if (flags & PAGE_COW)
		entry &= ~PTE_WRITE;
	entry |= flags & (PAGE_READ | PAGE_WRITE | PAGE_EXEC) ? PTE_PRESENT : PTE_KEPT;
	if (!(flags & PAGE_EXEC))
		entry |= PTE_NO_EXEC;
	return entry;
}

static struct page_mapping mapping_of(uint64_t entry)
{
	unsigned flags = entry & (PLAIN_FLAGS | PAGE_READ | PAGE_ACCESSED | PAGE_DIRTY);

	if ((entry & (PTE_PRESENT | PTE_NO_EXEC)) == PTE_PRESENT)
		flags |= PAGE_EXEC;
	return (struct page_mapping){.frame = entry & PTE_ADDRESS, .flags = flags};
}

/* ---- Table pages ---- */

static struct frame *frame_of_table(const pte_t *table)
{
	return frame_of(virt_to_phys((const void *)table));
}

/* The table that an entry lies in. */
static pte_t *entry_table(const pte_t *entry)
{
	return (pte_t *)ALIGN_DOWN((vaddr_t)entry, PAGE_SIZE);
}

/* A table page is referenced by whoever leads to it and by every entry of its own that is used. */
static void count_used(const pte_t *table, int change)
{
	/* relaxed: the caller's lock orders it */
	atomic_fetch_add_explicit(&frame_of_table(table)->references, (uint32_t)change,
				  memory_order_relaxed);
}

static size_t used_entries(const pte_t *table)
{
	return frame_references(frame_of_table(table)) - 1;
}

/* relaxed: only a figure for others */
static void add_table_pages(struct page_table *table, int change)
{
	atomic_fetch_add_explicit(&table->table_pages, (uint32_t)change, memory_order_relaxed);
}

int pagetable_create(struct page_table *table)
{
	enum frame_content content = CONTENT_ROOT;
	struct frame *frame = frame_alloc_with(&content);
	pte_t *root;

	if (!frame)
		return -ENOMEM;
	root = frame_vaddr(frame);
	if (content != CONTENT_ROOT) {
		memset(root, 0, KERNEL_HALF * sizeof(*root));
		memcpy(root + KERNEL_HALF, pte_table(kernel_pagetable_root()) + KERNEL_HALF,
		       KERNEL_HALF * sizeof(*root));
	}
	table->root = frame_paddr(frame);
	list_init(&table->tables);
	atomic_init(&table->loaded_on, 0);
	atomic_init(&table->table_pages, 1);
	return 0;
}

/* Takes a table out: clears the entry that leads to it, which lies in the table `parent`. */
static void unlink_table(struct page_table *owner, pte_t *parent, pte_t *entry)
{
	list_remove(&frame_of_table(pte_table(pte_load(entry)))->node);
	pte_store(entry, 0);
	count_used(parent, -1);
	add_table_pages(owner, -1);
}

/* No table is searched for the entries that are left: every page of them knows the one that leads
 * to it. */
void pagetable_destroy(struct page_table *table)
{
	struct list_node *node;

	ASSERT(atomic_load(&table->loaded_on) == 0);
	/* All are emptied first: the first that is freed may be in use again at once. */
	list_for_each(at, &table->tables) {
		pte_t *entry = container_of(at, struct frame, node)->owner;

		pte_store(entry, 0);
		count_used(entry_table(entry), -1);
	}
	while ((node = list_pop_front(&table->tables)))
		frame_put_with(container_of(node, struct frame, node), CONTENT_ZEROES);
	/* The kernel's half of a root never changes. */
	frame_put_with(frame_of(table->root), CONTENT_ROOT);
	table->root = 0;
}

size_t pagetable_pages(struct page_table *table)
{
	return atomic_load_explicit(&table->table_pages, memory_order_relaxed);
}

/* ---- One page ---- */

/* Makes the table that `entry`, in the table `parent`, will lead to. */
static bool make_table(struct page_table *table, pte_t *parent, pte_t *entry)
{
	struct frame *frame = frame_alloc(0, FRAME_ZERO);

	if (!frame)
		return false;
	frame->owner = (void *)entry;
	list_push_back(&table->tables, &frame->node);
	pte_store(entry, frame_paddr(frame) | PTE_PRESENT | PTE_WRITE | PTE_USER);
	count_used(parent, 1);
	add_table_pages(table, 1);
	return true;
}

/* The lowest table that covers `address`, or NULL. *next gets the address where the next one may
 * begin. */
static inline pte_t *find_leaf_table(struct page_table *table, vaddr_t address, vaddr_t *next)
{
	pte_t *at = pte_table(table->root);

	/* With the levels as constants it takes 25 instructions, not 58. */
#pragma GCC unroll 3
	for (unsigned level = ROOT_LEVEL; level > 0; level--) {
		uint64_t entry = pte_load(&at[pte_index(address, level)]);

		*next = (address | (LEVEL_SPAN(level) - 1)) + 1;
		if (!entry)
			return NULL;
		at = pte_table(entry);
	}
	return at;
}

/* The entry of a page whose tables are not all there. Out of line: the common way then saves no
 * registers. */
static __attribute__((noinline)) pte_t *make_entry(struct page_table *table, vaddr_t address)
{
	pte_t *at = pte_table(table->root);

	ASSERT(address < USER_TOP);
	for (unsigned level = ROOT_LEVEL; level > 0; level--) {
		pte_t *entry = &at[pte_index(address, level)];

		if (pte_load(entry) == 0 && !make_table(table, at, entry))
			return NULL;
		at = pte_table(pte_load(entry));
	}
	return &at[pte_index(address, 0)];
}

pte_t *pagetable_entry(struct page_table *table, vaddr_t address)
{
	vaddr_t next;
	pte_t *leaf = find_leaf_table(table, address, &next);

	return leaf ? &leaf[pte_index(address, 0)] : make_entry(table, address);
}

bool pagetable_entry_get(const pte_t *entry, struct page_mapping *mapping)
{
	uint64_t value = pte_load(entry);

	if (value == 0)
		return false;
	*mapping = mapping_of(value);
	return true;
}

void pagetable_entry_set(pte_t *entry, paddr_t frame, unsigned flags)
{
	if (pte_load(entry) == 0)
		count_used(entry_table(entry), 1);
	pte_store(entry, pte_of(frame, flags));
}

int pagetable_map(struct page_table *table, vaddr_t address, paddr_t frame, unsigned flags)
{
	pte_t *entry = pagetable_entry(table, address);

	if (!entry)
		return -ENOMEM;
	pagetable_entry_set(entry, frame, flags);
	return 0;
}

int pagetable_reserve(struct page_table *table, vaddr_t address)
{
	return pagetable_entry(table, address) ? 0 : -ENOMEM;
}

bool pagetable_lookup(struct page_table *table, vaddr_t address, struct page_mapping *mapping)
{
	vaddr_t next;
	pte_t *leaf = find_leaf_table(table, address, &next);

	return leaf && pagetable_entry_get(&leaf[pte_index(address, 0)], mapping);
}

/* ---- Ranges ---- */

/* The first entry from `entry` on that is used; `end`: none before that. */
static inline pte_t *next_used(pte_t *entry, const pte_t *end)
{
	if (entry < end && pte_load(entry) == 0)
		entry += pte_count_empty(entry, end - entry);
	return entry;
}

/* The entries of [start, end) in the lowest table that covers `start`, from *first to before *last;
 * *first is NULL where there is no table. Returns the address where the next one may begin. */
static inline vaddr_t leaf_entries(struct page_table *table, vaddr_t start, vaddr_t end,
				   pte_t **first, pte_t **last)
{
	vaddr_t next;
	pte_t *leaf = find_leaf_table(table, start, &next);

	*first = leaf ? &leaf[pte_index(start, 0)] : NULL;
	*last = *first + (MIN(next, end) - start) / PAGE_SIZE;
	return next;
}

/* One used entry of a walk. False: the visitor wants no more. */
static bool visit_entry(pte_t *entry, vaddr_t address, page_visitor *visit, void *argument)
{
	struct page_mapping mapping = mapping_of(pte_load(entry));

	switch (visit(address, &mapping, argument)) {
	case PAGE_VISIT_UPDATE:
		pte_store(entry, pte_of(mapping.frame, mapping.flags));
		break;
	case PAGE_VISIT_CLEAR:
		pte_store(entry, 0);
		count_used(entry_table(entry), -1);
		break;
	case PAGE_VISIT_STOP:
		return false;
	case PAGE_VISIT_KEEP:
		break;
	}
	return true;
}

void pagetable_visit(struct page_table *table, vaddr_t start, vaddr_t end, page_visitor *visit,
		     void *argument)
{
	pte_t *first, *last;

	for (vaddr_t next; start < end; start = next) {
		next = leaf_entries(table, start, end, &first, &last);
		/* Behind the last used one nothing is looked for. */
		size_t left = first ? used_entries(entry_table(first)) : 0;

		for (pte_t *at = first; left > 0 && (at = next_used(at, last)) < last; at++, left--)
			if (!visit_entry(at, start + (at - first) * PAGE_SIZE, visit, argument))
				return;
	}
}

/* Puts the frames of the entries from `first` to before `last`. */
static void drop_entries(pte_t *first, const pte_t *last)
{
	pte_t *leaf = entry_table(first);
	size_t used = used_entries(leaf), left = used;

	for (pte_t *at = first; left > 0 && (at = next_used(at, last)) < last; at++, left--) {
		frame_put(frame_of(pte_load(at) & PTE_ADDRESS));
		pte_store(at, 0);
	}
	count_used(leaf, (int)left - (int)used);
}

void pagetable_drop(struct page_table *table, vaddr_t start, vaddr_t end)
{
	pte_t *first, *last;

	for (vaddr_t next; start < end; start = next) {
		next = leaf_entries(table, start, end, &first, &last);
		if (first)
			drop_entries(first, last);
	}
}

/* In `table`, whose entries cover LEVEL_SPAN(level) bytes each from `base` on. */
static void prune_table(struct page_table *owner, pte_t *table, unsigned level, vaddr_t base,
			vaddr_t start, vaddr_t end, struct list *freed)
{
	vaddr_t first = ALIGN_DOWN(MAX(start, base), LEVEL_SPAN(level));
	vaddr_t limit = MIN(end, base + ENTRIES * LEVEL_SPAN(level));

	for (vaddr_t at = first; at < limit; at += LEVEL_SPAN(level)) {
		pte_t *entry = &table[pte_index(at, level)];
		uint64_t value = pte_load(entry);

		if (value == 0)
			continue;
		pte_t *below = pte_table(value);
		if (level > 1)
			prune_table(owner, below, level - 1, at, start, end, freed);
		if (at < start || end - at < LEVEL_SPAN(level) || used_entries(below) > 0)
			continue;
		unlink_table(owner, table, entry);
		list_push_back(freed, &frame_of_table(below)->node);
	}
}

void pagetable_prune(struct page_table *table, vaddr_t start, vaddr_t end, struct list *freed)
{
	if (end - start >= LEVEL_SPAN(1))
		prune_table(table, pte_table(table->root), ROOT_LEVEL, 0, start, end, freed);
}

/* Copies the entries from `from` to before `last`, to others from `to` on, as pagetable_copy()
 * says. */
static size_t copy_entries(pte_t *to, pte_t *from, const pte_t *last, bool cow, bool *narrowed)
{
	size_t used = used_entries(entry_table(from)), left = used;

	for (pte_t *at = from; left > 0 && (at = next_used(at, last)) < last; at++, left--) {
		uint64_t entry = pte_load(at);

		if (cow && (entry & (PTE_WRITE | PTE_COW)) != PTE_COW) {
			*narrowed |= (entry & PTE_WRITE) != 0;
			entry = (entry & ~PTE_WRITE) | PTE_COW;
			pte_store(at, entry);
		}
		ASSERT(pte_load(to + (at - from)) == 0);
		frame_get(frame_of(entry & PTE_ADDRESS));
		pte_store(to + (at - from), entry & ~(PTE_ACCESSED | PTE_DIRTY));
	}
	return used - left;
}

int pagetable_copy(struct page_table *child, struct page_table *parent, vaddr_t start, vaddr_t end,
		   bool cow, size_t *copied, bool *narrowed)
{
	pte_t *first, *last;

	for (vaddr_t next; start < end; start = next) {
		next = leaf_entries(parent, start, end, &first, &last);
		if (!first || used_entries(entry_table(first)) == 0)
			continue;
		pte_t *to = pagetable_entry(child, start);
		if (!to)
			return -ENOMEM;
		size_t pages = copy_entries(to, first, last, cow, narrowed);
		count_used(entry_table(to), (int)pages);
		*copied += pages;
	}
	return 0;
}

/* ---- Loading ---- */

void pagetable_switch(struct page_table *table)
{
	/* Interrupts off: a shootdown that comes between the two assignments would find a table
	 * that is named but not loaded, or the reverse, and flush too little. */
	uint64_t flags = irq_save();

	if (table != this_cpu()->page_table)
		pagetable_load(table);
	irq_restore(flags);
}

void pagetable_load(struct page_table *table)
{
	struct cpu *cpu = this_cpu();
	struct page_table *old = cpu->page_table;
	cpumask_t self = BIT(cpu->id);

	/* seq_cst, both: whoever changes an entry and then reads the mask without our bit has
	 * changed it before our MMU can read it. The bit goes in before the load, out after it. */
	if (table)
		atomic_fetch_or(&table->loaded_on, self);
	write_cr3(table ? table->root : kernel_pagetable_root());
	cpu->page_table = table;
	if (old)
		atomic_fetch_and(&old->loaded_on, ~self);
}
