/* SPDX-License-Identifier: MIT */
/*
 * The slab allocator (J. Bonwick, "The Slab Allocator", 1994, and "Magazines and Vmem", 2001).
 *
 * A slab is a block of frames cut into objects of one cache:
 *
 *     | struct slab | object | object | object | … | rest |
 *
 * Its free objects are chained through their first words. Every frame of a slab points to it
 * (frame->owner), so that kfree() finds the cache from the address alone. In front of the slabs
 * each CPU has a magazine per cache: a few free objects, taken and given back without any lock,
 * filled from and emptied to the slabs half at a time.
 *
 * An object is in one of three places: in use; in a magazine; on its slab's chain. slab->out and
 * cache->objects_out count the first two together.
 *
 * Checked builds fill every free object with SLAB_POISON (but for the chain's word), test that
 * nobody wrote to it when it is allocated, and keep a bit per object that is set while it is in
 * use, by which double frees are seen.
 *
 * Locks: interrupts off and the magazine's gate (mm/cpu_gate.h), then cache->lock. Frames are
 * allocated and freed with no lock of ours held.
 *
 * Entry points: slab_alloc(), slab_free(), kmalloc(), kfree().
 */
#include "mm/slab.h"

#include "base/assert.h"
#include "lib/string.h"
#include "mm/cpu_gate.h"
#include "mm/frame.h"

#define SLAB_POISON      0x6b
#define SLAB_POISON_WORD 0x6b6b6b6b6b6b6b6bUL
#define SLAB_OBJECTS_MAX 256 /* in one slab: a page of the smallest ones */
#define SLAB_ORDER_MAX   3
#define SLAB_EMPTY_KEPT  1 /* slabs per cache that stay though nothing of them is in use */
#define CACHES_MAX       64

#define MAGAZINE_SIZE 15

struct slab {
	struct slab_cache *cache; /* const */
	/* [cache->lock] */
	struct list_node node; /* on the partial, full or empty list */
	void **free;           /* chain of free objects */
	size_t out;            /* objects that are not on the chain */
	/* [atomic] checked builds: the objects in use; relaxed, it orders nothing */
	_Atomic uint64_t in_use[SLAB_OBJECTS_MAX / 64];
};

struct magazine {
	size_t count;
	void *objects[MAGAZINE_SIZE];
};

/* Made at the first use of a cache on a CPU and taken away by slab_drain(), so that a drained
 * system holds no memory for them. */
static struct magazine_slot {
	struct cpu_gate gate;
	struct magazine *magazine; /* [gate] */
} slots[MAX_CPUS][CACHES_MAX] __attribute__((aligned(64)));

/* const after the initialisation of the rooms that own them */
static struct slab_cache *caches[CACHES_MAX];
static size_t cache_count;

static struct slab_cache magazine_cache; /* the only one without magazines; caches[0] */

static const uint16_t kmalloc_sizes[] = {16,  32,  48,  64,  96,   128,  192,
					 256, 384, 512, 768, 1024, 1536, 2048};
static const char *const kmalloc_names[] = {"kmalloc-16",   "kmalloc-32",  "kmalloc-48",
					    "kmalloc-64",   "kmalloc-96",  "kmalloc-128",
					    "kmalloc-192",  "kmalloc-256", "kmalloc-384",
					    "kmalloc-512",  "kmalloc-768", "kmalloc-1k",
					    "kmalloc-1.5k", "kmalloc-2k"};
#define KMALLOC_STEP 16
static struct slab_cache kmalloc_caches[ARRAY_SIZE(kmalloc_sizes)];
/* The cache for sizes up to KMALLOC_STEP times the index. */
static uint8_t kmalloc_class[SLAB_OBJECT_MAX / KMALLOC_STEP + 1];

static _Atomic size_t large_count; /* of kmalloc's blocks without a slab; relaxed, a statistic */

/* ---- Objects ---- */

static struct slab *slab_of(const void *object)
{
	return frame_of(virt_to_phys(object))->owner;
}

static size_t object_number(const struct slab *slab, const void *object)
{
	const struct slab_cache *cache = slab->cache;
	size_t offset = (vaddr_t)object - (vaddr_t)slab - cache->first_offset;

	if (offset % cache->object_size != 0 ||
	    offset / cache->object_size >= cache->objects_per_slab)
		panic("%p is no object of cache %s", object, cache->name);
	return offset / cache->object_size;
}

/* Checked builds: an object leaves for its user. */
static void object_mark_used(struct slab_cache *cache, void *object)
{
	struct slab *slab = slab_of(object);
	size_t number = object_number(slab, object);
	const uint64_t *words = object;

	for (size_t i = 0; i < cache->object_size / sizeof(*words); i++)
		if (words[i] != SLAB_POISON_WORD)
			panic("%p of cache %s was written after it was freed: %#lx at +%zu", object,
			      cache->name, words[i], i * sizeof(*words));
	atomic_fetch_or_explicit(&slab->in_use[number / 64], BIT(number % 64),
				 memory_order_relaxed);
}

/* Checked builds: an object comes back. */
static void object_mark_free(struct slab_cache *cache, void *object)
{
	struct slab *slab = slab_of(object);
	size_t number;
	uint64_t before;

	if (!slab || slab->cache != cache)
		panic("%p is freed to cache %s, but belongs to %s", object, cache->name,
		      slab ? slab->cache->name : "none");
	number = object_number(slab, object);
	before = atomic_fetch_and_explicit(&slab->in_use[number / 64], ~BIT(number % 64),
					   memory_order_relaxed);
	if (!(before & BIT(number % 64)))
		panic("%p of cache %s was freed twice", object, cache->name);
	memset(object, SLAB_POISON, cache->object_size);
}

/* ---- Slabs ---- */

static void slab_chain(struct slab *slab, void *object)
{
	*(void **)object = slab->free;
	slab->free = object;
}

static void *slab_unchain(struct slab *slab)
{
	void **object = slab->free;

	slab->free = *object;
	if (CONFIG_CHECKS)
		*(uint64_t *)object = SLAB_POISON_WORD;
	return object;
}

static _Atomic size_t slab_frame_count; /* frames that slabs consist of */

static struct slab *slab_create(struct slab_cache *cache)
{
	struct frame *frame = frame_alloc(cache->order, 0);
	struct slab *slab;

	if (!frame)
		return NULL;
	slab = frame_vaddr(frame);
	for (size_t i = 0; i < 1UL << cache->order; i++)
		frame[i].owner = slab;
	/* relaxed: a figure, read when all is quiet */
	atomic_fetch_add_explicit(&slab_frame_count, 1UL << cache->order, memory_order_relaxed);

	memset(slab, 0, sizeof(*slab));
	slab->cache = cache;
	if (CONFIG_CHECKS)
		memset((char *)slab + cache->first_offset, SLAB_POISON,
		       cache->objects_per_slab * cache->object_size);
	for (size_t i = cache->objects_per_slab; i-- > 0;)
		slab_chain(slab, (char *)slab + cache->first_offset + i * cache->object_size);
	return slab;
}

static void slab_destroy(struct slab *slab)
{
	atomic_fetch_sub_explicit(&slab_frame_count, 1UL << slab->cache->order,
				  memory_order_relaxed);
	frame_put(frame_of(virt_to_phys(slab)));
}

static void slabs_destroy(struct list *slabs)
{
	struct list_node *node;

	while ((node = list_pop_front(slabs)))
		slab_destroy(container_of(node, struct slab, node));
}

/* Puts a slab on the list that its count of objects asks for. */
static void slab_relist_locked(struct slab_cache *cache, struct slab *slab)
{
	struct list *list = slab->out == 0                         ? &cache->empty
			    : slab->out == cache->objects_per_slab ? &cache->full
								   : &cache->partial;

	list_push_front(list, &slab->node);
	if (slab->out == 0)
		cache->empty_count++;
}

static void slab_unlist_locked(struct slab_cache *cache, struct slab *slab)
{
	list_remove(&slab->node);
	if (slab->out == 0)
		cache->empty_count--;
}

static struct slab *slab_with_free_locked(struct slab_cache *cache)
{
	struct list_node *node = list_first(&cache->partial);

	if (!node)
		node = list_first(&cache->empty);
	return node ? container_of(node, struct slab, node) : NULL;
}

/* Takes up to `wanted` objects from the slabs, at least one unless there is no memory. Interrupts
 * off. */
static size_t slabs_take(struct slab_cache *cache, void **objects, size_t wanted)
{
	size_t count = 0;

	spin_lock_irqs_off(&cache->lock);
	while (count < wanted) {
		struct slab *slab = slab_with_free_locked(cache);

		if (!slab) {
			if (count > 0)
				break;
			spin_unlock_irqs_off(&cache->lock);
			slab = slab_create(cache);
			if (!slab)
				return 0;
			spin_lock_irqs_off(&cache->lock);
			slab_relist_locked(cache, slab);
		}
		slab_unlist_locked(cache, slab);
		while (slab->free && count < wanted) {
			objects[count++] = slab_unchain(slab);
			slab->out++;
		}
		slab_relist_locked(cache, slab);
	}
	cache->objects_out += count;
	spin_unlock_irqs_off(&cache->lock);
	return count;
}

/* Gives objects back to their slabs. Interrupts off. */
static void slabs_give(struct slab_cache *cache, void **objects, size_t count)
{
	struct list dead;

	list_init(&dead);
	spin_lock_irqs_off(&cache->lock);
	for (size_t i = 0; i < count; i++) {
		struct slab *slab = slab_of(objects[i]);

		ASSERT(slab->cache == cache && slab->out > 0);
		slab_unlist_locked(cache, slab);
		slab_chain(slab, objects[i]);
		slab->out--;
		if (slab->out == 0 && cache->empty_count >= SLAB_EMPTY_KEPT)
			list_push_back(&dead, &slab->node);
		else
			slab_relist_locked(cache, slab);
	}
	cache->objects_out -= count;
	spin_unlock_irqs_off(&cache->lock);
	slabs_destroy(&dead);
}

/* ---- Magazines: interrupts off ---- */

/* This CPU's magazine for `cache`, entered, in *slot; NULL when there is none to be had now. */
static struct magazine *magazine_enter(struct slab_cache *cache, struct magazine_slot **slot)
{
	void *made;

	if (cache == &magazine_cache)
		return NULL;
	*slot = &slots[this_cpu()->id][cache->index];
	if (!gate_try_enter(&(*slot)->gate))
		return NULL;
	if (!(*slot)->magazine && slabs_take(&magazine_cache, &made, 1)) {
		(*slot)->magazine = made;
		(*slot)->magazine->count = 0;
	}
	if (!(*slot)->magazine)
		gate_leave(&(*slot)->gate);
	return (*slot)->magazine;
}

/* Fills the magazine first, or goes by it. Out of line like slab_free_slowly(): a fork allocates
 * and frees 17 objects, and a way that calls nothing keeps no registers. */
static __attribute__((noinline)) void *slab_alloc_slowly(struct slab_cache *cache)
{
	uint64_t irq = irq_save();
	struct magazine_slot *slot;
	struct magazine *magazine = magazine_enter(cache, &slot);
	void *object = NULL;

	if (magazine) {
		if (magazine->count == 0)
			magazine->count = slabs_take(cache, magazine->objects, MAGAZINE_SIZE / 2);
		if (magazine->count > 0)
			object = magazine->objects[--magazine->count];
		gate_leave(&slot->gate);
	} else if (slabs_take(cache, &object, 1) == 0) {
		object = NULL;
	}
	irq_restore(irq);
	return object;
}

void *slab_alloc(struct slab_cache *cache)
{
	uint64_t irq = irq_save();
	struct magazine_slot *slot = &slots[this_cpu()->id][cache->index];
	void *object = NULL;

	if (gate_try_enter(&slot->gate)) {
		if (slot->magazine && slot->magazine->count > 0)
			object = slot->magazine->objects[--slot->magazine->count];
		gate_leave(&slot->gate);
	}
	irq_restore(irq);
	if (!object)
		object = slab_alloc_slowly(cache);
	if (CONFIG_CHECKS && object)
		object_mark_used(cache, object);
	return object;
}

static __attribute__((noinline)) void slab_free_slowly(struct slab_cache *cache, void *object)
{
	uint64_t irq = irq_save();
	struct magazine_slot *slot;
	struct magazine *magazine = magazine_enter(cache, &slot);

	if (magazine) {
		if (magazine->count == MAGAZINE_SIZE) {
			/* The older half: what was freed last is still in the CPU's cache. */
			slabs_give(cache, magazine->objects, MAGAZINE_SIZE / 2);
			magazine->count -= MAGAZINE_SIZE / 2;
			memmove(magazine->objects, magazine->objects + MAGAZINE_SIZE / 2,
				magazine->count * sizeof(void *));
		}
		magazine->objects[magazine->count++] = object;
		gate_leave(&slot->gate);
	} else {
		slabs_give(cache, &object, 1);
	}
	irq_restore(irq);
}

void slab_free(struct slab_cache *cache, void *object)
{
	bool kept = false;
	uint64_t irq;

	if (CONFIG_CHECKS)
		object_mark_free(cache, object);
	irq = irq_save();
	struct magazine_slot *slot = &slots[this_cpu()->id][cache->index];
	if (gate_try_enter(&slot->gate)) {
		kept = slot->magazine && slot->magazine->count < MAGAZINE_SIZE;
		if (kept)
			slot->magazine->objects[slot->magazine->count++] = object;
		gate_leave(&slot->gate);
	}
	irq_restore(irq);
	if (!kept)
		slab_free_slowly(cache, object);
}

/* Empties and removes the magazine of CPU `id`. */
static void magazine_drain(struct slab_cache *cache, unsigned id)
{
	struct magazine_slot *slot = &slots[id][cache->index];
	uint64_t irq = irq_save();
	void *magazine;

	gate_enter(&slot->gate);
	magazine = slot->magazine;
	slot->magazine = NULL;
	gate_leave(&slot->gate);
	if (magazine) {
		slabs_give(cache, ((struct magazine *)magazine)->objects,
			   ((struct magazine *)magazine)->count);
		if (CONFIG_CHECKS)
			memset(magazine, SLAB_POISON, magazine_cache.object_size);
		slabs_give(&magazine_cache, &magazine, 1);
	}
	irq_restore(irq);
}

void slab_drain(void)
{
	/* From the last to the first: magazines come back to caches[0]. */
	for (size_t i = cache_count; i-- > 0;) {
		struct slab_cache *cache = caches[i];
		struct list dead;
		uint64_t irq;

		for (unsigned id = 0; i > 0 && id < cpu_count(); id++)
			magazine_drain(cache, id);

		list_init(&dead);
		irq = spin_lock_irq_save(&cache->lock);
		list_splice(&dead, &cache->empty);
		cache->empty_count = 0;
		spin_unlock_irq_restore(&cache->lock, irq);
		slabs_destroy(&dead);
	}
}

static size_t magazine_objects(struct slab_cache *cache)
{
	size_t count = 0;

	for (unsigned id = 0; id < cpu_count(); id++) {
		struct magazine_slot *slot = &slots[id][cache->index];
		uint64_t irq = irq_save();

		gate_enter(&slot->gate);
		if (slot->magazine)
			count += slot->magazine->count;
		gate_leave(&slot->gate);
		irq_restore(irq);
	}
	return count;
}

size_t slab_frames(void)
{
	return atomic_load_explicit(&slab_frame_count, memory_order_relaxed);
}

size_t slab_objects(void)
{
	size_t count = atomic_load_explicit(&large_count, memory_order_relaxed);

	for (size_t i = 1; i < cache_count; i++) {
		uint64_t irq = spin_lock_irq_save(&caches[i]->lock);
		size_t out = caches[i]->objects_out;

		spin_unlock_irq_restore(&caches[i]->lock, irq);
		count += out - magazine_objects(caches[i]);
	}
	return count;
}

/* ---- Making caches ---- */

void slab_cache_init(struct slab_cache *cache, const char *name, size_t object_size,
		     size_t alignment)
{
	alignment = MAX(alignment, 16UL);
	ASSERT(object_size > 0 && object_size <= SLAB_OBJECT_MAX && cache_count < CACHES_MAX);
	ASSERT(IS_ALIGNED(SLAB_OBJECT_MAX, alignment));

	*cache = (struct slab_cache){.name = name, .index = cache_count};
	cache->object_size = ALIGN_UP(object_size, alignment);
	cache->first_offset = ALIGN_UP(sizeof(struct slab), alignment);
	for (;; cache->order++) {
		size_t bytes = PAGE_SIZE << cache->order, used;

		cache->objects_per_slab = (bytes - cache->first_offset) / cache->object_size;
		used = cache->objects_per_slab * cache->object_size;
		/* Large enough when no more than an eighth is lost. */
		if ((bytes - used) * 8 <= bytes || cache->order == SLAB_ORDER_MAX)
			break;
	}
	ASSERT(cache->objects_per_slab > 0 && cache->objects_per_slab <= SLAB_OBJECTS_MAX);
	spin_init(&cache->lock, name, RANK_SLAB);
	list_init(&cache->partial);
	list_init(&cache->full);
	list_init(&cache->empty);
	caches[cache_count++] = cache;
}

void slab_init(void)
{
	size_t class = 0;

	slab_cache_init(&magazine_cache, "magazine", sizeof(struct magazine), 64);
	for (size_t i = 0; i < ARRAY_SIZE(kmalloc_sizes); i++)
		slab_cache_init(&kmalloc_caches[i], kmalloc_names[i], kmalloc_sizes[i], 0);
	for (size_t i = 0; i < ARRAY_SIZE(kmalloc_class); i++) {
		if (i * KMALLOC_STEP > kmalloc_sizes[class])
			class ++;
		kmalloc_class[i] = class;
	}
}

/* ---- Any size ---- */

static void *kmalloc_large(size_t bytes, unsigned frame_flags)
{
	unsigned order = 0;
	struct frame *frame;

	if (bytes > KMALLOC_MAX)
		return NULL;
	while (PAGE_SIZE << order < bytes)
		order++;
	frame = frame_alloc(order, frame_flags);
	if (!frame)
		return NULL;
	atomic_fetch_add_explicit(&large_count, 1, memory_order_relaxed);
	return frame_vaddr(frame);
}

void *kmalloc(size_t bytes)
{
	if (bytes > SLAB_OBJECT_MAX)
		return kmalloc_large(bytes, 0);
	return slab_alloc(&kmalloc_caches[kmalloc_class[DIV_ROUND_UP(bytes, KMALLOC_STEP)]]);
}

void *kzalloc(size_t bytes)
{
	void *memory;

	if (bytes > SLAB_OBJECT_MAX)
		return kmalloc_large(bytes, FRAME_ZERO);
	memory = kmalloc(bytes);
	return memory ? memset(memory, 0, bytes) : NULL;
}

void kfree(void *memory)
{
	struct slab *slab;

	if (!memory)
		return;
	slab = slab_of(memory);
	if (slab) {
		slab_free(slab->cache, memory);
		return;
	}
	ASSERT(IS_ALIGNED((vaddr_t)memory, PAGE_SIZE));
	atomic_fetch_sub_explicit(&large_count, 1, memory_order_relaxed);
	frame_put(frame_of(virt_to_phys(memory)));
}

char *kstrdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = kmalloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}
