/* SPDX-License-Identifier: MIT */
/*
 * Address spaces against a model. The whole of vm, with its real page tables in an array for RAM,
 * does random mappings, protections, moves, forks, truncations and accesses in a window of a few
 * pages; a model that is nothing but an array of pages says what every access must find. Memory
 * allocations fail at random, and what failed must have changed nothing.
 *
 * A TLB is played, too: an access goes through a cached translation as long as no shootdown has
 * taken it away. After every step no cached translation may allow more than the page table, and at
 * every shootdown the frames that it is about must still be allocated.
 */
#include "tests/host/vm_model.h"

#define ROUNDS 60000

/* The object that another thread resizes in the midst of the present fault. */
static struct memobj *resized_meanwhile;
static void resize_object(unsigned o);

static void meanwhile(void)
{
	struct memobj *object = resized_meanwhile;

	/* Not where the other thread would have to wait for us. */
	if (!object || spin_held(&object->lock) || memobj_mappings_frozen(object))
		return;
	for (size_t s = 0; s < SPACES; s++)
		if (spaces[s].aspace && spin_held(&spaces[s].aspace->table_lock))
			return;
	resized_meanwhile = NULL;
	resize_object(object == objects[1].object);
}

static enum fault_result fault_expected(const struct model_page *page, bool write)
{
	if (!page->mapped)
		return FAULT_NO_REGION;
	if (!(page->flags & (write ? REGION_WRITE : REGION_RIGHTS)))
		return FAULT_NO_RIGHT;
	return beyond(page) ? FAULT_BEYOND_OBJECT : FAULT_DONE;
}

/* Reads or writes a page as a program would: through the TLB, else with a fault. */
static void step_access(struct model_space *space)
{
	size_t i = random_below(PAGES);
	struct model_page *page = &space->pages[i];
	bool write = random_below(2);
	enum fault_result result;
	struct page_mapping mapping;
	uint64_t *word;

	if (!space->tlb[i].frame || (write && !space->tlb[i].write)) {
		if (page->object >= 0 && random_below(4) == 0)
			resized_meanwhile = objects[page->object].object;
		result = aspace_fault(space->aspace, address_of(i) + random_below(PAGE_SIZE),
				      write ? PAGE_WRITE : PAGE_READ);
		resized_meanwhile = NULL;
		if (result == FAULT_NO_MEMORY && fail_one_in)
			return;
		assert(result == fault_expected(page, write));
		if (result != FAULT_DONE)
			return;
		assert(pagetable_lookup(&space->aspace->table, address_of(i), &mapping));
		assert(mapping.flags & (write ? PAGE_WRITE : PAGE_READ));
		space->tlb[i].frame = frame_of(mapping.frame);
		space->tlb[i].write = mapping.flags & PAGE_WRITE;
	}
	word = frame_vaddr(space->tlb[i].frame);
	assert(*word == *model_value(page));
	if (write) {
		*word = random_bits();
		model_write(page, *word);
	}
}

static void model_unmap(struct model_space *space, size_t first, size_t count)
{
	memset(&space->pages[first], 0, count * sizeof(space->pages[0]));
}

static void random_range(size_t *first, size_t *count)
{
	*first = random_below(PAGES);
	*count = 1 + random_below(random_below(4) ? 6 : PAGES);
	*count = MIN(*count, PAGES - *first);
}

static void step_map(struct model_space *space)
{
	static const unsigned rights[] = {0,
					  REGION_READ,
					  REGION_READ | REGION_WRITE,
					  REGION_READ | REGION_EXEC,
					  REGION_WRITE,
					  REGION_READ | REGION_WRITE};
	struct map_request request = {.fixed = random_below(4)};
	int object = (int)random_below(OBJECTS + 2) - 2;
	size_t first, count;
	bool is_free;
	long result;

	random_range(&first, &count);
	request.address = address_of(first);
	request.length = count * PAGE_SIZE - random_below(PAGE_SIZE);
	request.flags = rights[random_below(ARRAY_SIZE(rights))];
	request.no_replace = random_below(8) == 0;
	if (object >= 0) {
		request.object = objects[object].object;
		/* Often the offset that an earlier mapping continues. */
		request.page_offset = random_below(2) ? first % 8 : random_below(8);
		request.flags |= random_below(2) ? REGION_SHARED : 0;
		if (object == 1) {
			request.backing = &backing;
			if (request.flags & REGION_SHARED)
				request.flags &= ~REGION_WRITE;
		}
		count = MIN(count, OBJECT_PAGES - 8UL);
		request.length = count * PAGE_SIZE;
	} else {
		object = -1;
	}

	is_free = range_is_free(space->aspace, address_of(first), address_of(first + count));
	result = aspace_map(space->aspace, &request);
	if (result == -ENOMEM && fail_one_in)
		return;
	if (!is_free && request.fixed && request.no_replace) {
		assert(result == -EEXIST);
		return;
	}
	assert(result > 0);
	if ((vaddr_t)result != address_of(first)) { /* not fixed, and no room: at the top */
		assert(!request.fixed && !is_free);
		assert((vaddr_t)result == USER_TOP - count * PAGE_SIZE);
		assert(aspace_unmap(space->aspace, result, request.length) == 0);
		return;
	}
	model_unmap(space, first, count);
	for (size_t i = 0; i < count; i++)
		space->pages[first + i] = (struct model_page){
			.mapped = true,
			.flags = request.flags,
			.object = object,
			.index = request.page_offset + i,
		};
}

static void step_unmap(struct model_space *space)
{
	size_t first, count;
	int rc;

	random_range(&first, &count);
	rc = aspace_unmap(space->aspace, address_of(first), count * PAGE_SIZE);
	if (rc == -ENOMEM && fail_one_in)
		return;
	assert(rc == 0);
	model_unmap(space, first, count);
}

static bool model_is_mapped(const struct model_space *space, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++)
		if (!space->pages[i].mapped)
			return false;
	return true;
}

static void step_protect(struct model_space *space)
{
	unsigned rights = random_bits() & REGION_RIGHTS;
	int rc, expected = 0;
	size_t first, count;

	random_range(&first, &count);
	for (size_t i = first; i < first + count; i++)
		if ((rights & REGION_WRITE) && space->pages[i].object == 1 &&
		    (space->pages[i].flags & REGION_SHARED))
			expected = -EACCES;
	if (!model_is_mapped(space, first, count))
		expected = -ENOMEM;
	rc = aspace_protect(space->aspace, address_of(first), count * PAGE_SIZE, rights);
	if (rc == -ENOMEM && fail_one_in)
		return;
	assert(rc == expected);
	for (size_t i = first; rc == 0 && i < first + count; i++)
		space->pages[i].flags = (space->pages[i].flags & ~REGION_RIGHTS) | rights;
}

static void step_drop(struct model_space *space)
{
	size_t first, count;
	int rc;

	random_range(&first, &count);
	rc = aspace_advise(space->aspace, address_of(first), count * PAGE_SIZE, MADV_DONTNEED);
	assert(rc == (model_is_mapped(space, first, count) ? 0 : -ENOMEM));
	for (size_t i = first; i < first + count; i++)
		space->pages[i].own = false;
}

/* What a mapping left behind the end of the bytes goes when the end moves. */
static void model_clear_tail(struct model_object *object, uint64_t end)
{
	if (end % PAGE_SIZE && end % PAGE_SIZE < 8)
		object->values[end / PAGE_SIZE] &= (1UL << (end % 8 * 8)) - 1;
}

static void resize_object(unsigned o)
{
	/* Often a cut in or beside the word that the model knows. */
	uint64_t size = random_below(OBJECT_PAGES) * PAGE_SIZE +
			random_below(random_below(2) ? 10 : PAGE_SIZE);
	uint64_t limit = DIV_ROUND_UP(size, PAGE_SIZE);

	assert(memobj_resize(objects[o].object, size) == 0);
	for (size_t s = 0; s < SPACES && size < objects[o].size; s++)
		for (size_t i = 0; i < PAGES; i++)
			if (spaces[s].pages[i].object == (int)o && spaces[s].pages[i].mapped &&
			    spaces[s].pages[i].index >= limit)
				spaces[s].pages[i].own = false;
	for (uint64_t i = limit; i < OBJECT_PAGES; i++)
		objects[o].values[i] = 0;
	model_clear_tail(&objects[o], MIN(size, objects[o].size));
	objects[o].size = size;
}

static void step_resize(void)
{
	resize_object(random_below(OBJECTS));
}

static void step_file(void)
{
	struct model_object *object = &objects[random_below(OBJECTS)];
	size_t i = random_below(OBJECT_PAGES);
	uint64_t offset = i * PAGE_SIZE, value = random_bits();
	struct uio uio;
	ssize_t done;

	uio_init_kernel(&uio, &value, sizeof(value));
	if (random_below(2)) {
		size_t expected = offset < object->size ? MIN(8UL, object->size - offset) : 0;

		uint64_t seen = expected == 8 ? UINT64_MAX : (1UL << (expected * 8)) - 1;

		value = 0;
		assert(memobj_read(object->object, offset, &uio) == (ssize_t)expected);
		assert(value == (object->values[i] & seen));
		return;
	}
	done = memobj_write(object->object, offset, &uio);
	if (done == -ENOMEM && fail_one_in)
		return;
	assert(done == sizeof(value));
	if (offset > object->size)
		model_clear_tail(object, object->size);
	object->values[i] = value;
	object->size = MAX(object->size, offset + sizeof(value));
}

static void end_space(struct model_space *space)
{
	for (size_t i = 0; i < PAGES; i++)
		space->tlb[i].frame = NULL;
	aspace_put(space->aspace);
	memset(space, 0, sizeof(*space));
}

static void step_fork(struct model_space *space)
{
	struct model_space *child = &spaces[random_below(SPACES)];
	struct aspace *aspace;

	if (child == space)
		return;
	if (child->aspace)
		end_space(child);
	aspace = aspace_fork(space->aspace);
	if (!aspace) {
		assert(fail_one_in);
		return;
	}
	*child = *space;
	child->aspace = aspace;
	for (size_t i = 0; i < PAGES; i++)
		child->tlb[i].frame = NULL;
}

static void step_brk(struct model_space *space)
{
	size_t to = HEAP_PAGE + random_below(PAGES - HEAP_PAGE);
	vaddr_t old_end = space->aspace->brk_end, end, result;
	bool is_free = true;

	end = address_of(to) - (to > HEAP_PAGE ? random_below(PAGE_SIZE) : 0);
	for (size_t i = space->brk; i < to; i++)
		is_free &= !space->pages[i].mapped;
	result = aspace_brk(space->aspace, end);
	if (fail_one_in && result == old_end)
		return;
	assert(result == (is_free ? end : old_end));
	if (!is_free)
		return;
	for (size_t i = space->brk; i < to; i++)
		space->pages[i] = (struct model_page){
			.mapped = true,
			.flags = REGION_READ | REGION_WRITE | REGION_HEAP,
			.object = -1,
		};
	if (to < space->brk)
		model_unmap(space, to, space->brk - to);
	space->brk = to;
}

/* The pages of [first, first + count) lie in one region. */
static bool one_region(const struct model_space *space, size_t first, size_t count)
{
	const struct region *region = region_at(space->aspace, address_of(first));

	return region && region->end >= address_of(first + count);
}

static void model_move(struct model_space *space, size_t from, size_t to, size_t old_count,
		       size_t new_count)
{
	struct model_page moved[PAGES], last = space->pages[from + MIN(old_count, new_count) - 1];

	memcpy(moved, &space->pages[from], sizeof(moved[0]) * old_count);
	model_unmap(space, from, old_count);
	for (size_t i = 0; i < new_count; i++) {
		struct model_page *page = &space->pages[to + i];

		if (i < old_count) {
			*page = moved[i];
			continue;
		}
		*page = last;
		page->own = false;
		page->index = last.index + (i - MIN(old_count, new_count) + 1);
	}
}

static void step_remap(struct model_space *space)
{
	bool fixed = random_below(2), maymove = fixed || random_below(2), overlap, cut;
	size_t first, count, to, wanted;
	vaddr_t old, target;
	long result;

	random_range(&first, &count);
	random_range(&to, &wanted);
	wanted = MIN(wanted, PAGES - first); /* it may grow where it is */
	if (space->pages[first].object >= 0 && space->pages[first].index + wanted > OBJECT_PAGES)
		return;
	overlap = to < first + count && first < to + wanted;
	/* Known before the call: did the region go on behind the range? */
	old = address_of(first);
	target = address_of(to);
	cut = !one_region(space, first, count);
	result = aspace_remap(space->aspace, old, count * PAGE_SIZE, wanted * PAGE_SIZE,
			      (fixed ? MREMAP_FIXED : 0) | (maymove ? MREMAP_MAYMOVE : 0), target);
	if (fixed && overlap) {
		assert(result == -EINVAL);
	} else if (cut) {
		assert(result == -EFAULT);
	} else if (result == -ENOMEM) {
		/* The target and the tail are gone, or nothing is. */
		assert(fail_one_in || !maymove);
		for (size_t i = 0; fixed && i < wanted; i++)
			if (!region_at(space->aspace, address_of(to + i)))
				model_unmap(space, to + i, 1);
		for (size_t i = wanted; i < count; i++)
			if (!region_at(space->aspace, address_of(first + i)))
				model_unmap(space, first + i, 1);
	} else if (fixed) {
		assert((vaddr_t)result == target);
		model_unmap(space, to, wanted);
		model_move(space, first, to, count, wanted);
	} else if ((vaddr_t)result == old) {
		model_move(space, first, first, count, wanted);
	} else {
		assert(maymove && wanted > count &&
		       (vaddr_t)result == USER_TOP - wanted * PAGE_SIZE);
		for (size_t i = 0; i < count; i++) {
			uint64_t value;
			struct model_page *page = &space->pages[first + i];

			if (!beyond(page) &&
			    aspace_read(space->aspace, result + i * PAGE_SIZE, &value, 8) == 8)
				assert(value == *model_value(page));
		}
		fail_one_in = 0;
		assert(aspace_unmap(space->aspace, result, wanted * PAGE_SIZE) == 0);
		model_unmap(space, first, count);
	}
}

/* As exec and /proc do: rights do not matter. */
static void step_outside(struct model_space *space)
{
	size_t i = random_below(PAGES);
	struct model_page *page = &space->pages[i];
	uint64_t value = random_bits();

	if (random_below(2)) {
		int rc = aspace_write(space->aspace, address_of(i), &value, sizeof(value));

		if (rc == -ENOMEM && fail_one_in)
			return;
		assert(rc == (page->mapped && !beyond(page) ? 0 : -EFAULT));
		if (rc == 0)
			model_write(page, value);
	} else if (aspace_read(space->aspace, address_of(i), &value, sizeof(value)) == 8) {
		assert(page->mapped && !beyond(page) && value == *model_value(page));
	} else {
		assert(fail_one_in || !page->mapped || beyond(page));
	}
}

static void step(void)
{
	struct model_space *space = random_space();

	shim_cpu.id = random_below(SHIM_CPUS);
	fail_one_in = random_below(4) ? 0 : 1 + random_below(8);
	switch (random_below(20)) {
	case 0:
	case 1:
		step_map(space);
		break;
	case 2:
		step_unmap(space);
		break;
	case 3:
		step_protect(space);
		break;
	case 4:
		step_remap(space);
		break;
	case 5:
		step_fork(space);
		break;
	case 6:
		step_resize();
		break;
	case 7:
		step_file();
		break;
	case 8:
		step_brk(space);
		break;
	case 9:
		step_drop(space);
		break;
	case 10:
		step_outside(space);
		break;
	default:
		step_access(space);
	}
	fail_one_in = 0;
}

int main(void)
{
	vm_shim_start();
	for (size_t o = 0; o < OBJECTS; o++) {
		objects[o].size = 20 * PAGE_SIZE;
		objects[o].object = memobj_create(objects[o].size);
	}
	spaces[0].aspace = aspace_create();
	spaces[0].brk = HEAP_PAGE;
	spaces[0].aspace->brk_start = spaces[0].aspace->brk_end = address_of(HEAP_PAGE);
	for (unsigned round = 0; round < ROUNDS; round++) {
		step();
		check_all();
	}
	for (size_t s = 0; s < SPACES; s++)
		if (spaces[s].aspace)
			end_space(&spaces[s]);
	for (size_t o = 0; o < OBJECTS; o++) {
		assert(list_empty(&objects[o].object->regions));
		memobj_put(objects[o].object);
	}
	assert(backing_count == 0);
	vm_shim_end();
	return 0;
}
