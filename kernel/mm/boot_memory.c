/* SPDX-License-Identifier: MIT */
/*
 * Memory before the frame allocator: which RAM is free, and boot_alloc().
 *
 * The loader's map may be unsorted and may overlap itself. Spans are made from it by set
 * arithmetic: the union of what is usable, minus everything that is not, minus what we keep: the
 * first MiB (firmware's data, the other CPUs' start code), the kernel image and the initrd. Boot
 * CPU only, so there are no locks.
 *
 * Entry points: boot_alloc() for others, boot_memory_*() for frame_init().
 */
#include "mm/boot_memory.h"

#include "base/assert.h"
#include "lib/string.h"
#include "mm/frame.h"

#define LOW_MEMORY_END 0x100000UL
#define SPANS_MAX      (2 * BOOT_MEMORY_RANGES)

static struct memory_span spans[SPANS_MAX];
static size_t span_count;
static enum { NOT_STARTED, OPEN, FINISHED } phase;

static void span_add(paddr_t start, paddr_t end)
{
	if (start >= end)
		return;
	if (span_count == SPANS_MAX)
		panic("the memory map has too many pieces");
	spans[span_count++] = (struct memory_span){start, end};
}

static void span_subtract(paddr_t start, paddr_t end)
{
	for (size_t i = 0; i < span_count;) {
		struct memory_span old = spans[i];

		if (old.end <= start || end <= old.start) {
			i++;
			continue;
		}
		/* What is left goes to the end of the array, and the last one here, to be looked
		 * at. */
		spans[i] = spans[--span_count];
		span_add(old.start, old.start < start ? start : old.start);
		span_add(end < old.end ? end : old.end, old.end);
	}
}

static paddr_t image_end(void)
{
	return (vaddr_t)__kernel_end - KERNEL_IMAGE_BASE;
}

static void boot_memory_start(void)
{
	for (size_t i = 0; i < boot_info.range_count; i++) {
		const struct memory_range *range = &boot_info.ranges[i];
		paddr_t start = ALIGN_UP(range->start, PAGE_SIZE);
		paddr_t end = ALIGN_DOWN(MIN(range->end, (paddr_t)DIRECT_MAP_SIZE), PAGE_SIZE);

		if (range->kind != MEMORY_USABLE || start >= end)
			continue;
		span_subtract(start, end);
		span_add(start, end);
	}
	for (size_t i = 0; i < boot_info.range_count; i++) {
		const struct memory_range *range = &boot_info.ranges[i];

		if (range->kind != MEMORY_USABLE)
			span_subtract(ALIGN_DOWN(range->start, PAGE_SIZE),
				      ALIGN_UP(range->end, PAGE_SIZE));
	}
	span_subtract(0, LOW_MEMORY_END);
	span_subtract(LOW_MEMORY_END, ALIGN_UP(image_end(), PAGE_SIZE));
	span_subtract(ALIGN_DOWN(boot_info.initrd_start, PAGE_SIZE),
		      ALIGN_UP(boot_info.initrd_end, PAGE_SIZE));
	phase = OPEN;
}

paddr_t boot_memory_take(size_t bytes)
{
	struct memory_span *lowest = NULL;

	if (phase == NOT_STARTED)
		boot_memory_start();
	ASSERT(phase == OPEN);
	bytes = ALIGN_UP(bytes, PAGE_SIZE);

	/* The lowest fit: until pagetable_init_kernel() only low memory is mapped. */
	for (size_t i = 0; i < span_count; i++)
		if (spans[i].end - spans[i].start >= bytes &&
		    (!lowest || spans[i].start < lowest->start))
			lowest = &spans[i];
	if (!lowest)
		panic("too little memory: no %zu KiB in one piece", bytes / 1024);
	lowest->start += bytes;
	return lowest->start - bytes;
}

void *boot_alloc(size_t bytes)
{
	return memset(phys_to_virt(boot_memory_take(bytes)), 0, ALIGN_UP(bytes, PAGE_SIZE));
}

paddr_t boot_memory_top(void)
{
	paddr_t top = 0;

	for (size_t i = 0; i < boot_info.range_count; i++)
		if (boot_info.ranges[i].kind == MEMORY_USABLE)
			top = MAX(top, boot_info.ranges[i].end);
	return ALIGN_DOWN(MIN(top, (paddr_t)DIRECT_MAP_SIZE), PAGE_SIZE);
}

bool boot_memory_is_ram(paddr_t start, paddr_t end)
{
	for (size_t i = 0; i < boot_info.range_count; i++) {
		const struct memory_range *range = &boot_info.ranges[i];

		if (range->kind == MEMORY_USABLE && range->start < end && start < range->end)
			return true;
	}
	return false;
}

bool boot_memory_is_free(paddr_t start, paddr_t end)
{
	for (size_t i = 0; i < span_count; i++)
		if (spans[i].start <= start && end <= spans[i].end)
			return true;
	return false;
}

size_t boot_memory_finish(const struct memory_span **result)
{
	ASSERT(phase == OPEN);
	phase = FINISHED;
	*result = spans;
	return span_count;
}
