/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks. The kernel stack area is an array of slots, each half guard and half stack:
 *
 *     KSTACK_BASE + n * 32 KiB          + 16 KiB            + 32 KiB
 *          | unmapped: the guard          | stack of slot n    | guard of slot n+1 …
 *                                          ◄── grows down ── top
 *
 * A freed stack stays mapped, in the list of the CPU that freed it or in the common one, linked
 * through the word just below its top. Only when the common list is long are stacks unmapped
 * (kstack_trim()), many with one shootdown; a slot number is given out again after that shootdown.
 *
 * Locks: interrupts off and the CPU's gate (mm/cpu_gate.h), then pool.lock; never both with arch's
 * page-table lock.
 *
 * Entry points: kstack_alloc(), kstack_free(), kstack_trim().
 */
#include "mm/kstack.h"

#include "arch/pagetable.h"
#include "arch/tlb.h"
#include "base/assert.h"
#include "base/spinlock.h"
#include "lib/string.h"
#include "lib/util.h"
#include "mm/cpu_gate.h"
#include "mm/frame.h"

#define SLOT_SIZE      (2 * KSTACK_SIZE)
#define SLOTS_MAX      34816UL /* as many as there can be threads, and 2,048 in the CPUs' lists */
#define TABLE_SPAN     (2UL << 20) /* what one page of page-table entries covers */
#define CPU_CACHE_MAX  8
#define POOL_CACHE_MAX 64
#define BATCH_MAX      64   /* stacks unmapped with one shootdown */
#define KSTACK_UNUSED  0x5b /* of a stack that nobody has reached yet: for the debugger */

/* Free stacks, linked through their highest words. */
struct stack_list {
	vaddr_t first; /* top of the first; 0: empty */
	unsigned count;
};

static size_t slot_count; /* const after kstack_init() */

static struct {
	struct spinlock lock;
	/* [lock] */
	struct stack_list cached;
	uint64_t used[SLOTS_MAX / 64]; /* a bit per slot */
	size_t first_free_word;        /* no word of `used` before it has a zero bit */
	/* [atomic, relaxed] many stacks are cached: a hint for kstack_trim() */
	_Atomic bool is_long;
} pool = {.lock = SPINLOCK_INIT("kernel stacks", RANK_KSTACK)};

static struct cpu_stacks {
	struct cpu_gate gate;
	struct stack_list cached; /* [gate] */
} __attribute__((aligned(64))) cpu_stacks[MAX_CPUS];

STATIC_ASSERT(KSTACK_SPAN / SLOT_SIZE >= SLOTS_MAX);

/* ---- Lists and slots ---- */

static void stack_push(struct stack_list *list, vaddr_t top)
{
	((vaddr_t *)top)[-1] = list->first;
	list->first = top;
	list->count++;
}

/* 0: empty. */
static vaddr_t stack_pop(struct stack_list *list)
{
	vaddr_t top = list->first;

	if (top) {
		list->first = ((vaddr_t *)top)[-1];
		list->count--;
	}
	return top;
}

static vaddr_t slot_top(size_t slot)
{
	return KSTACK_BASE + (slot + 1) * SLOT_SIZE;
}

static size_t top_slot(vaddr_t top)
{
	return (top - KSTACK_BASE) / SLOT_SIZE - 1;
}

/* False: all are taken. */
static bool slot_alloc(size_t *slot)
{
	uint64_t irq = spin_lock_irq_save(&pool.lock);
	size_t word = pool.first_free_word;
	bool found;

	*slot = 0;
	while (word < slot_count / 64 && pool.used[word] == UINT64_MAX)
		word++;
	pool.first_free_word = word;
	found = word < slot_count / 64;
	if (found) {
		unsigned bit = __builtin_ctzll(~pool.used[word]);

		pool.used[word] |= BIT(bit);
		*slot = word * 64 + bit;
	}
	spin_unlock_irq_restore(&pool.lock, irq);
	return found;
}

static void slot_free(size_t slot)
{
	uint64_t irq = spin_lock_irq_save(&pool.lock);

	ASSERT(pool.used[slot / 64] & BIT(slot % 64));
	pool.used[slot / 64] &= ~BIT(slot % 64);
	pool.first_free_word = MIN(pool.first_free_word, slot / 64);
	spin_unlock_irq_restore(&pool.lock, irq);
}

/* ---- Mapping and unmapping ---- */

/* Unmaps the pages of [start, top) and appends their frames to `frames`. */
static void stack_unmap(vaddr_t start, vaddr_t top, struct list *frames)
{
	for (vaddr_t page = start; page < top; page += PAGE_SIZE)
		list_push_back(frames, &frame_of(kernel_unmap_page(page))->node);
}

static vaddr_t stack_make(void)
{
	struct list frames;
	vaddr_t top, page;
	size_t slot;

	if (!slot_alloc(&slot))
		return 0;
	top = slot_top(slot);
	for (page = top - KSTACK_SIZE; page < top; page += PAGE_SIZE) {
		struct frame *frame = frame_alloc(0, 0);

		if (!frame)
			goto undo;
		if (kernel_map_page(page, frame_paddr(frame), PAGE_READ | PAGE_WRITE)) {
			frame_put(frame);
			goto undo;
		}
	}
	if (CONFIG_CHECKS)
		memset((void *)(top - KSTACK_SIZE), KSTACK_UNUSED, KSTACK_SIZE);
	return top;
undo:
	/* Nobody has used the mappings, so no TLB holds them. */
	list_init(&frames);
	stack_unmap(top - KSTACK_SIZE, page, &frames);
	frames_put(&frames);
	slot_free(slot);
	return 0;
}

/* Unmaps and frees every stack of `list`. */
static void stacks_destroy(struct stack_list *list)
{
	size_t slots[BATCH_MAX], count = 0;
	vaddr_t low = UINTPTR_MAX, high = 0, top;
	struct list frames;

	list_init(&frames);
	while ((top = stack_pop(list))) {
		low = MIN(low, top - KSTACK_SIZE);
		high = MAX(high, top);
		slots[count++] = top_slot(top);
		stack_unmap(top - KSTACK_SIZE, top, &frames);
	}
	if (count == 0)
		return;
	tlb_shootdown_kernel(low, high);
	frames_put(&frames);
	while (count > 0)
		slot_free(slots[--count]);
}

/* As many slots as RAM could fill with stacks. Their page tables are made now, by mapping a page in
 * each, because tables of the kernel half are never freed: made on demand they would look like a
 * leak. */
void kstack_init(void)
{
	struct frame_counts counts;
	struct frame *frame = frame_alloc(0, 0);

	frame_counts(&counts);
	slot_count = MIN(SLOTS_MAX, ALIGN_UP(counts.total * PAGE_SIZE / KSTACK_SIZE, 64UL));
	for (vaddr_t at = KSTACK_BASE; at < slot_top(slot_count - 1); at += TABLE_SPAN) {
		if (!frame || kernel_map_page(at, frame_paddr(frame), PAGE_READ | PAGE_WRITE))
			panic("no memory for the page tables of kernel stacks");
		kernel_unmap_page(at);
	}
	frame_put(frame);
}

/* ---- Allocating and freeing ---- */

vaddr_t kstack_alloc(void)
{
	uint64_t irq = irq_save();
	struct cpu_stacks *mine = &cpu_stacks[this_cpu()->id];
	vaddr_t top = 0;

	if (gate_try_enter(&mine->gate)) {
		top = stack_pop(&mine->cached);
		gate_leave(&mine->gate);
	}
	if (!top) {
		spin_lock_irqs_off(&pool.lock);
		top = stack_pop(&pool.cached);
		spin_unlock_irqs_off(&pool.lock);
	}
	irq_restore(irq);
	return top ? top : stack_make();
}

void kstack_free(vaddr_t top)
{
	struct cpu_stacks *mine;
	bool kept = false;
	uint64_t irq;

	ASSERT(top > KSTACK_BASE && IS_ALIGNED(top - KSTACK_BASE, SLOT_SIZE));
	irq = irq_save();
	mine = &cpu_stacks[this_cpu()->id];
	if (gate_try_enter(&mine->gate)) {
		kept = mine->cached.count < CPU_CACHE_MAX;
		if (kept)
			stack_push(&mine->cached, top);
		gate_leave(&mine->gate);
	}
	if (!kept) {
		spin_lock_irqs_off(&pool.lock);
		stack_push(&pool.cached, top);
		if (pool.cached.count > POOL_CACHE_MAX)
			atomic_store_explicit(&pool.is_long, true, memory_order_relaxed);
		spin_unlock_irqs_off(&pool.lock);
	}
	irq_restore(irq);
}

/* Takes a batch of stacks out of the common list while it is longer than `keep`. */
static void take_surplus(struct stack_list *surplus, unsigned keep)
{
	uint64_t irq = irq_save();

	*surplus = (struct stack_list){0, 0};
	spin_lock_irqs_off(&pool.lock);
	while (pool.cached.count > keep && surplus->count < BATCH_MAX)
		stack_push(surplus, stack_pop(&pool.cached));
	spin_unlock_irqs_off(&pool.lock);
	irq_restore(irq);
}

static void destroy_down_to(unsigned keep)
{
	struct stack_list surplus;

	for (take_surplus(&surplus, keep); surplus.count > 0; take_surplus(&surplus, keep))
		stacks_destroy(&surplus);
}

void kstack_trim(void)
{
	if (atomic_load_explicit(&pool.is_long, memory_order_relaxed)) {
		atomic_store_explicit(&pool.is_long, false, memory_order_relaxed);
		destroy_down_to(POOL_CACHE_MAX / 2);
	}
}

void kstack_drain(void)
{
	struct stack_list all;
	uint64_t irq;

	destroy_down_to(0);
	for (unsigned id = 0; id < cpu_count(); id++) {
		irq = irq_save();
		gate_enter(&cpu_stacks[id].gate);
		all = cpu_stacks[id].cached;
		cpu_stacks[id].cached = (struct stack_list){0, 0};
		gate_leave(&cpu_stacks[id].gate);
		irq_restore(irq);
		stacks_destroy(&all);
	}
}

bool kstack_is_guard(vaddr_t address, vaddr_t *top)
{
	vaddr_t offset = address - KSTACK_BASE;

	if (offset >= SLOTS_MAX * SLOT_SIZE || offset % SLOT_SIZE >= KSTACK_SIZE)
		return false;
	*top = slot_top(offset / SLOT_SIZE);
	return true;
}
