/* SPDX-License-Identifier: MIT */
/*
 * The frame allocator and the slabs on top of it, on an array for RAM: random allocations whose
 * content is checked when they are freed, from changing CPUs; everything merges again afterwards;
 * and freed memory that is freed again or written to is noticed.
 */
#include "tests/host/kernel_shim.h"

#include "kernel/mm/boot_memory.c"
#include "kernel/mm/frame.c"
#include "kernel/mm/slab.c"
#include "tests/host/random.h"

#define HELD   600
#define ROUNDS 200000

struct boot_info boot_info;
static bool initrd_released;

static void start(void)
{
	/* Unsorted, overlapping, not aligned, with a hole, a piece of firmware in the middle and an
	 * initrd. */
	const struct memory_range ranges[] = {
		{0x100000, 0x1400000, MEMORY_USABLE},         {0, 0x9fc00, MEMORY_USABLE},
		{0x1000000 + 12, 0x1800123, MEMORY_USABLE},   {0x9fc00, 0x100000, MEMORY_RESERVED},
		{0x1234567, 0x1235000, MEMORY_ACPI},          {0x2000000, RAM_SIZE, MEMORY_USABLE},
		{0x5000000000, 0x5000400000, MEMORY_RESERVED}};

	boot_info.range_count = ARRAY_SIZE(ranges);
	memcpy(boot_info.ranges, ranges, sizeof(ranges));
	boot_info.initrd_start = 0x2100010;
	boot_info.initrd_end = 0x2345678;
	memset(ram, 0xaa, sizeof(ram));
}

static void test_boot_memory(void)
{
	char *early = boot_alloc(5000);

	assert(early == ram + IMAGE_END);
	assert(boot_alloc(1) == early + 8192);
	assert(boot_memory_top() == RAM_SIZE);
	for (size_t i = 0; i < 8192 + 4096; i++)
		assert(early[i] == 0);
	assert(PANICS(boot_alloc(RAM_SIZE)));
}

static size_t count_free(void)
{
	struct frame_counts counts;

	frame_counts(&counts);
	return counts.free;
}

/* Allocates everything, checks that no page is given twice nor one that is not ours, and frees it
 * all. */
static void test_exhaust(void)
{
	static struct frame *all[RAM_SIZE / PAGE_SIZE];
	static bool seen[RAM_SIZE / PAGE_SIZE];
	size_t count = 0, expected = count_free();

	memset(seen, 0, sizeof(seen));
	while ((all[count] = frame_alloc(0, 0))) {
		paddr_t at = frame_paddr(all[count++]);

		assert(!seen[at / PAGE_SIZE] && frame_of(at) == all[count - 1]);
		seen[at / PAGE_SIZE] = true;
		assert(at >= IMAGE_END);
		assert(at + PAGE_SIZE <= 0x1800123 || at >= 0x2000000);
		assert(at + PAGE_SIZE <= 0x1234567 || at >= 0x1235000);
		assert(initrd_released || at + PAGE_SIZE <= 0x2100000 || at >= 0x2346000);
		memset(ram + at, (int)count, PAGE_SIZE);
	}
	assert(count == expected && count_free() == 0);
	assert(!frame_alloc(3, 0));
	while (count > 0) {
		shim_cpu.id = random_below(SHIM_CPUS);
		frame_put(all[--count]);
	}
	assert(count_free() == expected);
}

/* How many free blocks there are of each order. */
static void block_counts(size_t counts[FRAME_ORDER_MAX + 1])
{
	for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++)
		counts[order] = list_length(&buddy.blocks[order]);
}

static struct {
	struct frame *frame;
	unsigned order, references;
	unsigned char fill;
} held[HELD];

static void check_fill(const unsigned char *memory, size_t bytes, unsigned char fill)
{
	for (size_t i = 0; i < bytes; i++)
		assert(memory[i] == fill);
}

static void frame_step(void)
{
	unsigned i = random_below(HELD);
	struct frame *frame = held[i].frame;

	shim_cpu.id = random_below(SHIM_CPUS);
	if (!frame) {
		unsigned order = random_below(4) ? 0 : random_below(7);
		unsigned flags = random_below(3) ? 0 : FRAME_ZERO;

		frame = frame_alloc(order, flags);
		if (!frame)
			return;
		assert(IS_ALIGNED(frame_paddr(frame), PAGE_SIZE << order));
		if (flags)
			check_fill(frame_vaddr(frame), PAGE_SIZE << order, 0);
		held[i].frame = frame;
		held[i].order = order;
		held[i].references = 1;
		held[i].fill = (unsigned char)random_bits();
		memset(frame_vaddr(frame), held[i].fill, PAGE_SIZE << order);
	} else if (random_below(4) == 0) {
		frame_get(frame);
		held[i].references++;
	} else if (--held[i].references > 0) {
		frame_put(frame);
	} else {
		check_fill(frame_vaddr(frame), PAGE_SIZE << held[i].order, held[i].fill);
		held[i].frame = NULL;
		if (held[i].order == 0 && random_below(4) == 0) {
			memset(frame_vaddr(frame), 0, PAGE_SIZE);
			frame_put_with(frame, CONTENT_ZEROES);
		} else {
			frame_put(frame);
		}
	}
	assert(shim_irqs_off == 0);
}

static void test_frames(void)
{
	size_t before[FRAME_ORDER_MAX + 1], after[FRAME_ORDER_MAX + 1], expected = count_free();

	frame_drain_caches();
	block_counts(before);
	for (unsigned round = 0; round < ROUNDS; round++)
		frame_step();
	for (unsigned i = 0; i < HELD; i++)
		for (; held[i].frame && held[i].references > 0; held[i].references--)
			frame_put(held[i].frame);
	assert(count_free() == expected);
	frame_drain_caches();
	assert(count_free() == expected);
	block_counts(after);
	assert(memcmp(before, after, sizeof(before)) == 0);
}

static void test_release(void)
{
	size_t before = count_free();

	initrd_released = true;
	frame_release_range(boot_info.initrd_start, boot_info.initrd_end);
	assert(count_free() == before + (0x2345000 - 0x2101000) / PAGE_SIZE);
}

/* ---- Slabs ---- */

static struct slab_cache odd_cache, aligned_cache;

static struct {
	unsigned char *memory;
	struct slab_cache *cache; /* NULL: kmalloc */
	size_t size;
	unsigned char fill;
} objects[HELD];

static unsigned char *object_make(struct slab_cache *cache, size_t size)
{
	unsigned char *memory = cache ? slab_alloc(cache) : kmalloc(size);

	assert(memory);
	assert(IS_ALIGNED((uintptr_t)memory, cache == &aligned_cache ? 128UL : 16UL));
	if (size >= PAGE_SIZE)
		assert(IS_ALIGNED((uintptr_t)memory, PAGE_SIZE));
	return memory;
}

static void slab_step(void)
{
	unsigned i = random_below(HELD), kind = random_below(4);

	shim_cpu.id = random_below(SHIM_CPUS);
	if (objects[i].memory) {
		check_fill(objects[i].memory, objects[i].size, objects[i].fill);
		if (objects[i].cache)
			slab_free(objects[i].cache, objects[i].memory);
		else
			kfree(objects[i].memory);
		objects[i].memory = NULL;
		return;
	}
	objects[i].cache = kind == 0 ? &odd_cache : kind == 1 ? &aligned_cache : NULL;
	objects[i].size = kind == 0   ? 83
			  : kind == 1 ? 300
				      : random_below(random_below(8) ? 2100 : 20000);
	objects[i].fill = (unsigned char)random_bits();
	objects[i].memory = object_make(objects[i].cache, objects[i].size);
	memset(objects[i].memory, objects[i].fill, objects[i].size);
}

static void test_slabs(void)
{
	size_t expected = count_free(), count = 0;

	slab_cache_init(&odd_cache, "odd", 83, 0);
	slab_cache_init(&aligned_cache, "aligned", 300, 128);
	for (unsigned round = 0; round < ROUNDS; round++)
		slab_step();
	for (unsigned i = 0; i < HELD; i++)
		count += objects[i].memory != NULL;
	assert(slab_objects() == count);
	slab_drain();
	assert(slab_objects() == count);
	for (unsigned i = 0; i < HELD; i++)
		if (objects[i].memory && objects[i].cache)
			slab_free(objects[i].cache, objects[i].memory);
		else
			kfree(objects[i].memory);
	assert(slab_objects() == 0);
	slab_drain();
	assert(count_free() == expected && slab_objects() == 0);
}

static void test_sizes(void)
{
	char *text = kstrdup("skein"), *zeroed = kzalloc(3 * PAGE_SIZE);

	assert(text && strcmp(text, "skein") == 0);
	check_fill((unsigned char *)zeroed, 3 * PAGE_SIZE, 0);
	kfree(text);
	kfree(zeroed);
	kfree(NULL);
	assert(!kmalloc(KMALLOC_MAX + 1));
	for (size_t size = 0; size <= SLAB_OBJECT_MAX; size++) {
		struct slab_cache *cache =
			&kmalloc_caches[kmalloc_class[DIV_ROUND_UP(size, KMALLOC_STEP)]];

		assert(cache->object_size >= size);
		assert(cache == kmalloc_caches || cache[-1].object_size < size);
	}
}

/* ---- What must be noticed (each leaves things in disorder, so these come last) ---- */

static void test_misuse(void)
{
	char *object = kmalloc(100), *other = slab_alloc(&odd_cache);
	struct frame *frame = frame_alloc(0, 0);

	assert(PANICS(slab_free(&aligned_cache, other)));
	assert(PANICS(kfree(object + 16)));
	kfree(object);
	assert(PANICS(kfree(object)));
	object[50] = 1;
	assert(PANICS(kmalloc(100)));

	frame_put(frame);
	assert(PANICS(frame_put(frame)));
	atomic_store(&frame->references, 0);
	ram[frame_paddr(frame) + 73 * 8] ^= 1;
	assert(PANICS(frame_alloc(0, 0)));
}

int main(void)
{
	random_start();
	start();
	test_boot_memory();
	frame_init();
	test_exhaust();
	test_frames();
	test_release();
	test_exhaust();
	slab_init();
	test_slabs();
	test_sizes();
	test_misuse();
	puts("ok");
	return 0;
}
