/* SPDX-License-Identifier: MIT */
/*
 * Single things about address spaces: the radix tree under objects, stacks that grow, tables that
 * go, arguments that are refused. Random use is in memory.c.
 */
#include "tests/host/vm_shim.h"

static void meanwhile(void)
{
}

void tlb_shootdown(struct page_table *table, vaddr_t start, vaddr_t end)
{
	(void)table, (void)start, (void)end;
}

bool tlb_flush_alone(struct page_table *table, vaddr_t address)
{
	(void)table, (void)address;
	return true;
}

void tlb_evict(struct page_table *table)
{
	(void)table;
}

static long map_anonymous(struct aspace *aspace, vaddr_t at, size_t length, unsigned flags)
{
	const struct map_request request = {
		.address = at, .length = length, .flags = flags, .fixed = at != 0};

	return aspace_map(aspace, &request);
}

static void test_stack(void)
{
	struct aspace *aspace = aspace_create();
	vaddr_t top = USER_TOP, low = top - STACK_LIMIT;
	const unsigned flags = REGION_READ | REGION_WRITE | REGION_STACK;
	struct region_info info;
	long other;

	assert(map_anonymous(aspace, top - 2 * PAGE_SIZE, 2 * PAGE_SIZE, flags) > 0);
	assert(aspace_fault(aspace, top - 5 * PAGE_SIZE, PAGE_WRITE) == FAULT_DONE);
	assert(aspace_region_info(aspace, 0, true, &info));
	assert(info.start == top - 5 * PAGE_SIZE && info.resident_pages == 1);
	assert(aspace_fault(aspace, low, PAGE_READ) == FAULT_DONE);
	assert(aspace_fault(aspace, low - 1, PAGE_WRITE) == FAULT_NO_REGION);
	/* A new mapping keeps away from where a stack may grow to … */
	assert(aspace_unmap(aspace, low, STACK_LIMIT - PAGE_SIZE) == 0);
	other = map_anonymous(aspace, 0, PAGE_SIZE, REGION_READ);
	assert(other == (long)(low - STACK_GUARD - PAGE_SIZE));
	/* … and a stack from a mapping. */
	assert(map_anonymous(aspace, low + (4UL << 20), PAGE_SIZE, REGION_READ) > 0);
	assert(aspace_fault(aspace, low + (4UL << 20) + PAGE_SIZE + STACK_GUARD, PAGE_READ) ==
	       FAULT_DONE);
	assert(aspace_fault(aspace, low + (4UL << 20) + STACK_GUARD, PAGE_READ) == FAULT_NO_REGION);
	aspace_put(aspace);
}

/* Pages leave with fewer shootdowns than pages, and the tables go with them. */
static void test_tables(void)
{
	struct aspace *aspace = aspace_create();
	const size_t length = 6UL << 20;
	long at = map_anonymous(aspace, 0x600000, length, REGION_READ | REGION_WRITE);

	for (vaddr_t page = at; page < at + length; page += PAGE_SIZE)
		assert(aspace_fault(aspace, page, PAGE_WRITE) == FAULT_DONE);
	assert(aspace->resident_pages == length / PAGE_SIZE);
	assert(pagetable_pages(&aspace->table) == 1 + 1 + 1 + 3);
	assert(aspace_unmap(aspace, at, length) == 0);
	assert(aspace->resident_pages == 0 && pagetable_pages(&aspace->table) == 3);
	aspace_put(aspace);
}

static uint64_t radix_removed[64];
static size_t radix_removed_count;

static void note_removed(void *item, void *argument)
{
	assert(argument == radix_removed);
	radix_removed[radix_removed_count++] = *(uint64_t *)item;
}

/* Items at indices of all sizes, and cuts that take out exactly those above, in order. */
static void test_radix(void)
{
	static uint64_t indices[64];
	struct radix tree = {0};
	size_t objects_before = slab_objects();

	for (unsigned round = 0; round < 2000; round++) {
		uint64_t cut = random_bits() >> random_below(64);
		size_t count = 1 + random_below(63), expected = 0;

		for (size_t i = 0; i < count; i++) {
			indices[i] = random_bits() >> random_below(64);
			if (radix_get(&tree, indices[i]))
				i--;
			else
				assert(radix_set(&tree, indices[i], &indices[i]) == 0);
		}
		for (size_t i = 0; i < count; i++) {
			assert(radix_get(&tree, indices[i]) == &indices[i]);
			expected += indices[i] >= cut;
		}
		radix_removed_count = 0;
		radix_remove_from(&tree, cut, note_removed, radix_removed);
		assert(radix_removed_count == expected);
		for (size_t i = 0; i < expected; i++)
			assert(radix_removed[i] >= cut &&
			       (i == 0 || radix_removed[i] > radix_removed[i - 1]));
		for (size_t i = 0; i < count; i++)
			assert((radix_get(&tree, indices[i]) != NULL) == (indices[i] < cut));
		radix_remove_from(&tree, 0, note_removed, radix_removed);
		assert(radix_removed_count == count && !tree.root);
	}
	assert(slab_objects() == objects_before);
}

static void test_arguments(void)
{
	struct aspace *aspace = aspace_create();
	struct map_request request = {.address = 0x1000, .length = PAGE_SIZE, .fixed = true};

	assert(aspace_map(aspace, &request) == -EPERM);
	request.address = 0x10001;
	assert(aspace_map(aspace, &request) == -EINVAL);
	request.address = USER_TOP;
	assert(aspace_map(aspace, &request) == -ENOMEM);
	request.fixed = false;
	request.length = 0;
	assert(aspace_map(aspace, &request) == -EINVAL);
	request.length = SIZE_MAX - 5;
	assert(aspace_map(aspace, &request) == -ENOMEM);
	request.length = SIZE_MAX / 2;
	assert(aspace_map(aspace, &request) == -ENOMEM);
	request.object = memobj_create(0);
	request.page_offset = UINT64_MAX >> PAGE_SHIFT;
	request.length = 2 * PAGE_SIZE;
	assert(aspace_map(aspace, &request) == -EOVERFLOW);
	memobj_put(request.object);
	assert(aspace_unmap(aspace, 1, PAGE_SIZE) == -EINVAL);
	assert(aspace_unmap(aspace, 0, 0) == -EINVAL);
	assert(aspace_unmap(aspace, USER_TOP - PAGE_SIZE, SIZE_MAX) == -EINVAL);
	assert(aspace_protect(aspace, 1, PAGE_SIZE, 0) == -EINVAL);
	assert(aspace_protect(aspace, PAGE_SIZE, SIZE_MAX, 0) == -ENOMEM);
	assert(aspace_fault(aspace, USER_TOP, PAGE_READ) == FAULT_NO_REGION);
	assert(aspace_brk(aspace, 0x500000) == 0); /* exec has not said where */
	aspace_put(aspace);
}

int main(void)
{
	vm_shim_start();
	test_radix();
	test_stack();
	test_tables();
	test_arguments();
	vm_shim_end();
	return 0;
}
