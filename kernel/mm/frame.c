/* SPDX-License-Identifier: MIT */
/*
 * The frame allocator: a buddy system, with stacks of single frames per CPU in front of it.
 *
 * A block is 2^order frames, aligned to its size; its first frame, the head, speaks for it. Two
 * blocks of one order that together make an aligned block of the next are buddies: the number of
 * one is that of the other with bit `order` flipped. Freeing merges with the buddy as long as that
 * heads a free block of the same order.
 *
 * Invariants:
 *  - A frame is FRAME_FREE exactly while it heads a block on a buddy list. So the frame that a
 *    block's buddy starts with must have been initialised whenever the block exists: a split
 *    initialises both heads, and frame_init() initialises every frame of a 4 MiB chunk that does
 *    not start as one free block. Frames inside wholly free chunks are not even written before they
 *    are needed, which keeps the time to boot nearly independent of the size of RAM.
 *  - Frames on a CPU's stack are FRAME_CACHED, which no merge will touch.
 *
 * Locks: interrupts off and the CPU's gate (mm/cpu_gate.h), then buddy.lock.
 *
 * Entry points: frame_alloc(), frame_get(), frame_put().
 */
#include "mm/frame.h"

#include "base/assert.h"
#include "base/spinlock.h"
#include "lib/string.h"
#include "mm/boot_memory.h"
#include "mm/cpu_gate.h"

#define CHUNK_FRAMES (1UL << FRAME_ORDER_MAX)
#define CHUNK_SIZE   (CHUNK_FRAMES * PAGE_SIZE)
#define FRAME_POISON 0x5a

/* A CPU's stacks: how many frames come from the buddy lists at once, and where they overflow. */
#define CACHE_BATCH_ORDER 4
#define CACHE_MAX         64

struct frame *frames;
size_t frame_count; /* a multiple of CHUNK_FRAMES */

static struct {
	struct spinlock lock;
	/* [lock] */
	struct list blocks[FRAME_ORDER_MAX + 1]; /* free, by order */
	size_t total;                            /* frames; const after boot */
	/* [lock to change, atomic to read] */
	_Atomic size_t free; /* frames */
} buddy = {.lock = SPINLOCK_INIT("frame buddy", RANK_FRAME)};

static struct frame_cache {
	struct cpu_gate gate;
	/* [gate] by content; most recently freed on top: still in the CPU's cache */
	struct frame *top[CONTENT_KINDS]; /* the next below it: frame->owner */
	unsigned count[CONTENT_KINDS];
} __attribute__((aligned(64))) cpu_frames[MAX_CPUS];

/* ---- The buddy system ---- */

static struct frame *frame_from_node(struct list_node *node)
{
	return container_of(node, struct frame, node);
}

static void block_push_locked(struct frame *head, unsigned order)
{
	head->state = FRAME_FREE;
	head->order = order;
	list_push_front(&buddy.blocks[order], &head->node);
}

/* Initialises the head of a block that was never looked at by itself before. */
static void frame_reset(struct frame *frame)
{
	*frame = (struct frame){0};
}

static void count_free_locked(size_t change)
{
	assert_held(&buddy.lock);
	/* relaxed, and in two steps: the lock orders changes, and who reads without it wants no
	 * more than a figure */
	size_t free = atomic_load_explicit(&buddy.free, memory_order_relaxed);
	atomic_store_explicit(&buddy.free, free + change, memory_order_relaxed);
}

static void buddy_free_locked(struct frame *head, unsigned order)
{
	size_t index = head - frames;

	count_free_locked(1UL << order);
	for (; order < FRAME_ORDER_MAX; order++) {
		struct frame *other = &frames[index ^ (1UL << order)];

		if (other->state != FRAME_FREE || other->order != order)
			break;
		list_remove(&other->node);
		other->state = FRAME_RESERVED;
		frames[index].state = FRAME_RESERVED;
		index &= ~(1UL << order);
	}
	block_push_locked(&frames[index], order);
}

static struct frame *buddy_alloc_locked(unsigned wanted)
{
	unsigned order = wanted;
	struct frame *head;

	assert_held(&buddy.lock);
	while (order <= FRAME_ORDER_MAX && list_empty(&buddy.blocks[order]))
		order++;
	if (order > FRAME_ORDER_MAX)
		return NULL;

	head = frame_from_node(list_pop_front(&buddy.blocks[order]));
	ASSERT(head->state == FRAME_FREE && head->order == order);
	while (order > wanted) {
		struct frame *upper = head + (1UL << --order);

		frame_reset(upper);
		block_push_locked(upper, order);
	}
	head->state = FRAME_RESERVED;
	count_free_locked(-(1UL << wanted));
	return head;
}

/* ---- The CPUs' stacks: interrupts off, inside the gate ---- */

static void cache_push(struct frame_cache *cache, struct frame *frame, enum frame_content content)
{
	frame->state = FRAME_CACHED;
	frame->owner = cache->top[content];
	cache->top[content] = frame;
	cache->count[content]++;
}

/* NULL: there is none. */
static struct frame *cache_pop(struct frame_cache *cache, enum frame_content content)
{
	struct frame *frame = cache->top[content];

	if (frame) {
		cache->top[content] = frame->owner;
		cache->count[content]--;
	}
	return frame;
}

/* Takes a block of up to 2^CACHE_BATCH_ORDER frames apart: the smallest there is, so that fragments
 * are used up before large blocks are broken. */
static void cache_fill(struct frame_cache *cache)
{
	unsigned order = 0;
	struct frame *head;

	spin_lock_irqs_off(&buddy.lock);
	while (order < CACHE_BATCH_ORDER && list_empty(&buddy.blocks[order]))
		order++;
	head = buddy_alloc_locked(order);
	spin_unlock_irqs_off(&buddy.lock);
	if (!head)
		return;
	for (size_t i = (1UL << order) - 1; i > 0; i--) {
		frame_reset(&head[i]);
		cache_push(cache, &head[i], CONTENT_ANY);
	}
	cache_push(cache, head, CONTENT_ANY);
}

/* Gives frames back until `keep` are left. */
static void cache_flush(struct frame_cache *cache, enum frame_content content, unsigned keep)
{
	spin_lock_irqs_off(&buddy.lock);
	while (cache->count[content] > keep)
		buddy_free_locked(cache_pop(cache, content), 0);
	spin_unlock_irqs_off(&buddy.lock);
}

/* cache_pop() found nothing: fills the stack, and takes what there is. */
static struct frame *cache_pop_any(struct frame_cache *cache, enum frame_content *content)
{
	struct frame *frame = NULL;

	if (cache->count[CONTENT_ANY] == 0)
		cache_fill(cache);
	for (int kind = CONTENT_ANY; !frame && kind < CONTENT_KINDS; kind++) {
		*content = kind;
		frame = cache_pop(cache, kind);
	}
	return frame;
}

static struct frame *block_take(unsigned order)
{
	uint64_t irq = spin_lock_irq_save(&buddy.lock);
	struct frame *head = buddy_alloc_locked(order);

	spin_unlock_irq_restore(&buddy.lock, irq);
	return head;
}

static void block_give(struct frame *head)
{
	uint64_t irq = spin_lock_irq_save(&buddy.lock);

	buddy_free_locked(head, head->order);
	spin_unlock_irq_restore(&buddy.lock, irq);
}

/* The CPU's stacks have none of those that are wanted first: any other, or one of the buddy's. Out
 * of line, as in slab.c. */
static __attribute__((noinline)) struct frame *frame_take_slowly(enum frame_content *content)
{
	uint64_t irq = irq_save();
	struct frame_cache *cache = &cpu_frames[this_cpu()->id];
	struct frame *frame;

	if (gate_try_enter(&cache->gate)) {
		frame = cache_pop(cache, *content);
		if (!frame)
			frame = cache_pop_any(cache, content);
		gate_leave(&cache->gate);
	} else {
		frame = block_take(0);
		*content = CONTENT_ANY;
	}
	irq_restore(irq);
	return frame;
}

/* A single frame; *content is what is wanted of it, and then what it has. */
static inline struct frame *frame_take(enum frame_content *content)
{
	uint64_t irq = irq_save();
	struct frame_cache *cache = &cpu_frames[this_cpu()->id];
	struct frame *frame = NULL;

	if (gate_try_enter(&cache->gate)) {
		if (cache->count[*content] == 0)
			*content = CONTENT_ANY;
		frame = cache_pop(cache, *content);
		gate_leave(&cache->gate);
	}
	irq_restore(irq);
	return frame ? frame : frame_take_slowly(content);
}

static void frame_give(struct frame *frame, enum frame_content content)
{
	uint64_t irq = irq_save();
	struct frame_cache *cache = &cpu_frames[this_cpu()->id];

	if (gate_try_enter(&cache->gate)) {
		cache_push(cache, frame, content);
		if (cache->count[content] > CACHE_MAX)
			cache_flush(cache, content, CACHE_MAX / 2);
		gate_leave(&cache->gate);
	} else {
		block_give(frame);
	}
	irq_restore(irq);
}

/* ---- Allocating and freeing ---- */

/* Looks at some words of a frame that should not have been written since it was filled with
 * `byte`. */
static void check_filled(const struct frame *frame, unsigned char byte)
{
	const uint64_t *words = frame_vaddr(frame);

	for (size_t i = 0; i < PAGE_SIZE / sizeof(*words); i += 73)
		if (words[i] != byte * 0x0101010101010101UL)
			panic("frame %#lx was written after it was freed: %#lx at +%zu",
			      frame_paddr(frame), words[i], i * sizeof(*words));
}

static void poison(struct frame *frame)
{
	memset(frame_vaddr(frame), FRAME_POISON, PAGE_SIZE << frame->order);
	/* Only a single frame keeps its mark: blocks split and merge. */
	frame->poisoned = frame->order == 0;
}

/* Makes a free block with `content` one in use. */
static void block_start(struct frame *head, unsigned order, enum frame_content content)
{
	if (CONFIG_CHECKS && (content == CONTENT_ZEROES || head->poisoned))
		check_filled(head, content == CONTENT_ZEROES ? 0 : FRAME_POISON);
	/* relaxed: nobody else knows the frame yet */
	atomic_store_explicit(&head->references, 1, memory_order_relaxed);
	head->state = FRAME_USED;
	head->order = order;
	if (CONFIG_CHECKS)
		head->poisoned = false;
	head->owner = NULL;
}

struct frame *frame_alloc_with(enum frame_content *content)
{
	struct frame *frame = frame_take(content);

	if (frame)
		block_start(frame, 0, *content);
	return frame;
}

struct frame *frame_alloc(unsigned order, unsigned flags)
{
	enum frame_content content = flags & FRAME_ZERO ? CONTENT_ZEROES : CONTENT_ANY;
	struct frame *frame;

	ASSERT(order <= FRAME_ORDER_MAX);
	if (order == 0) {
		frame = frame_alloc_with(&content);
	} else {
		content = CONTENT_ANY;
		frame = block_take(order);
		if (frame)
			block_start(frame, order, content);
	}
	if (frame && (flags & FRAME_ZERO) && content != CONTENT_ZEROES)
		memset(frame_vaddr(frame), 0, PAGE_SIZE << order);
	return frame;
}

void frame_free(struct frame *frame, uint32_t before)
{
	if (CONFIG_CHECKS && (before == 0 || frame->state != FRAME_USED))
		panic("frame %#lx was freed twice", frame_paddr(frame));
	if (CONFIG_CHECKS)
		poison(frame);
	if (frame->order == 0)
		frame_give(frame, CONTENT_ANY);
	else
		block_give(frame);
}

void frames_put(struct list *frames)
{
	struct list_node *node;

	while ((node = list_pop_front(frames)))
		frame_put(frame_from_node(node));
}

void frame_put_with(struct frame *frame, enum frame_content content)
{
	ASSERT(frame->state == FRAME_USED && frame->order == 0 && frame_references(frame) == 1);
	atomic_store_explicit(&frame->references, 0, memory_order_relaxed);
	frame_give(frame, content);
}

/* ---- All of it ---- */

size_t frame_total(void)
{
	return buddy.total;
}

bool frames_are_scarce(void)
{
	/* relaxed: a moment later it may be otherwise anyway */
	return atomic_load_explicit(&buddy.free, memory_order_relaxed) < buddy.total / 16;
}

void frame_counts(struct frame_counts *counts)
{
	uint64_t irq = spin_lock_irq_save(&buddy.lock);

	counts->total = frame_total();
	counts->free = buddy.free;
	spin_unlock_irq_restore(&buddy.lock, irq);

	for (unsigned id = 0; id < cpu_count(); id++) {
		irq = irq_save();
		gate_enter(&cpu_frames[id].gate);
		for (int content = 0; content < CONTENT_KINDS; content++)
			counts->free += cpu_frames[id].count[content];
		gate_leave(&cpu_frames[id].gate);
		irq_restore(irq);
	}
}

void frame_drain_caches(void)
{
	for (unsigned id = 0; id < cpu_count(); id++) {
		struct frame_cache *cache = &cpu_frames[id];
		uint64_t irq = irq_save();

		gate_enter(&cache->gate);
		for (int content = 0; content < CONTENT_KINDS; content++)
			cache_flush(cache, content, 0);
		gate_leave(&cache->gate);
		irq_restore(irq);
	}
}

/* Frees [first, last) in the largest aligned blocks that fit. The frames are initialised. */
static void free_frames(size_t first, size_t last)
{
	uint64_t irq = spin_lock_irq_save(&buddy.lock);

	buddy.total += last - first;
	while (first < last) {
		unsigned order = FRAME_ORDER_MAX;

		while (!IS_ALIGNED(first, 1UL << order) || first + (1UL << order) > last)
			order--;
		buddy_free_locked(&frames[first], order);
		first += 1UL << order;
	}
	spin_unlock_irq_restore(&buddy.lock, irq);
}

void frame_release_range(paddr_t start, paddr_t end)
{
	size_t first = ALIGN_UP(start, PAGE_SIZE) >> PAGE_SHIFT;
	size_t last = end >> PAGE_SHIFT;

	if (first >= last)
		return;
	ASSERT(last <= frame_count);
	for (size_t i = first; i < last; i++)
		ASSERT(frames[i].state == FRAME_RESERVED);
	free_frames(first, last);
}

/* Frees the part of a free span that lies in the chunks which frame_init() initialised frame by
 * frame. */
static void free_span(const struct memory_span *span)
{
	size_t first = span->start >> PAGE_SHIFT, last = span->end >> PAGE_SHIFT;
	size_t whole_first = ALIGN_UP(first, CHUNK_FRAMES);
	size_t whole_last = ALIGN_DOWN(last, CHUNK_FRAMES);

	if (whole_first >= whole_last) {
		free_frames(first, last);
		return;
	}
	free_frames(first, whole_first);
	free_frames(whole_last, last);
}

void frame_init(void)
{
	const struct memory_span *spans;
	size_t span_count;

	for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++)
		list_init(&buddy.blocks[order]);

	frame_count = ALIGN_UP(boot_memory_top(), CHUNK_SIZE) >> PAGE_SHIFT;
	frames = phys_to_virt(boot_memory_take(frame_count * sizeof(struct frame)));
	for (size_t i = 0; i < frame_count; i += CHUNK_FRAMES) {
		paddr_t start = i << PAGE_SHIFT, end = start + CHUNK_SIZE;

		if (boot_memory_is_free(start, end)) {
			frame_reset(&frames[i]);
			free_frames(i, i + CHUNK_FRAMES);
		} else if (boot_memory_is_ram(start, end)) {
			memset(&frames[i], 0, CHUNK_FRAMES * sizeof(struct frame));
		}
	}
	span_count = boot_memory_finish(&spans);
	for (size_t i = 0; i < span_count; i++)
		free_span(&spans[i]);
}
