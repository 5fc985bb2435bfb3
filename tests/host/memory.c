/* SPDX-License-Identifier: MIT */
/*
 * Address spaces against a model. The whole of vm, with its real page tables in an array for RAM, does random
 * mappings, protections, moves, forks, truncations and accesses in a window of a few pages; a
 * model that is nothing but an array of pages says what every access must find. Memory allocations fail at
 * random, and what failed must have changed nothing.
 *
 * A TLB is played, too: an access goes through a cached translation as long as no shootdown has taken it away.
 * After every step no cached translation may allow more than the page table, and at every shootdown the frames
 * that it is about must still be allocated.
 */
#include "tests/host/kernel_shim.h"

#define frame_alloc frame_alloc_real
#define slab_alloc  slab_alloc_real
#include "kernel/mm/boot_memory.c"
#include "kernel/mm/frame.c"
#include "kernel/mm/slab.c"
#undef frame_alloc
#undef slab_alloc

/* ---- What fails, and what the kernel below vm does ---- */

static unsigned fail_one_in; /* allocations; 0: none fails */

static bool fails(void);
static void meanwhile(void);

struct frame *frame_alloc(unsigned order, unsigned flags);
struct frame *frame_alloc(unsigned order, unsigned flags)
{
	meanwhile();
	return fails() ? NULL : frame_alloc_real(order, flags);
}

void *slab_alloc(struct slab_cache *cache);
void *slab_alloc(struct slab_cache *cache)
{
	return fails() ? NULL : slab_alloc_real(cache);
}

#define ARCH_REGS_H
static void write_cr3(uint64_t value)
{
	(void)value;
}
static paddr_t kernel_root;
#include "kernel/arch/pagetable.c"
paddr_t kernel_pagetable_root(void)
{
	return kernel_root;
}

#include "lib/tree.c"

#include "kernel/mm/uio.c"

#include "kernel/vm/aspace.c"
#include "kernel/vm/fault.c"
#include "kernel/vm/fork.c"
#include "kernel/vm/map.c"
#include "kernel/vm/memobj.c"
#include "kernel/vm/radix.c"
#include "kernel/vm/region.c"
#include "kernel/vm/remap.c"
#include "kernel/vm/unmap.c"
#include "tests/host/random.h"

static bool fails(void)
{
	return fail_one_in > 0 && random_below(fail_one_in) == 0;
}

struct boot_info boot_info;

/* Not every C library of a host has it. */
size_t strlcpy(char *restrict to, const char *restrict from, size_t size)
{
	return (size_t)snprintf(to, size, "%s", from);
}

void spin_lock_nested(struct spinlock *lock)
{
	spin_lock(lock);
}

void mutex_init(struct mutex *mutex, const char *name, enum lock_rank rank)
{
	(void)name;
	(void)rank;
	atomic_init(&mutex->owner, 0);
}

void mutex_lock(struct mutex *mutex)
{
	assert(mutex->owner++ == 0);
}

void mutex_unlock(struct mutex *mutex)
{
	assert(--mutex->owner == 0);
}

bool mutex_held(const struct mutex *mutex)
{
	return mutex->owner == 1;
}

void rwlock_init(struct rwlock *lock, const char *name, enum lock_rank rank)
{
	(void)name;
	(void)rank;
	lock->readers = 0;
	lock->writer = NULL;
}

void rwlock_read_lock(struct rwlock *lock)
{
	assert(!lock->writer);
	lock->readers++;
}

void rwlock_read_unlock(struct rwlock *lock)
{
	assert(lock->readers-- > 0);
}

void rwlock_write_lock(struct rwlock *lock)
{
	assert(!lock->writer && lock->readers == 0);
	lock->writer = (struct thread *)lock;
}

void rwlock_write_unlock(struct rwlock *lock)
{
	assert(lock->writer);
	lock->writer = NULL;
}

bool rwlock_write_held(const struct rwlock *lock)
{
	return lock->writer != NULL;
}

size_t copy_from_user_partly(void *to, user_addr_t from, size_t bytes)
{
	(void)to, (void)from, (void)bytes;
	abort();
}

size_t copy_to_user_partly(user_addr_t to, const void *from, size_t bytes)
{
	(void)to, (void)from, (void)bytes;
	abort();
}

size_t clear_user_partly(user_addr_t to, size_t bytes)
{
	(void)to, (void)bytes;
	abort();
}

/* ---- The model ---- */

#define PAGES        48
#define HEAP_PAGE    36
#define OBJECT_PAGES 40
#define OBJECTS      2
#define SPACES       4
#define ROUNDS       60000
/* Both sides of where one leaf table ends. */
#define BASE (0x40000000UL - 24 * PAGE_SIZE)

struct model_object {
	struct memobj *object;
	uint64_t size;
	uint64_t values[OBJECT_PAGES]; /* first word of each page */
};

struct model_page {
	bool mapped;
	unsigned flags;
	int object; /* -1: none */
	uint64_t index;
	bool own; /* private and written */
	uint64_t value;
};

struct model_space {
	struct aspace *aspace;
	struct model_page pages[PAGES];
	size_t brk; /* in pages of the window */
	struct {
		struct frame *frame; /* NULL: not cached */
		bool write;
	} tlb[PAGES];
};

static struct model_object objects[OBJECTS];
static struct model_space spaces[SPACES];
static unsigned backing_count;

static void backing_get(struct region_backing *backing)
{
	(void)backing;
	backing_count++;
}

static void backing_put(struct region_backing *backing)
{
	(void)backing;
	assert(backing_count-- > 0);
}

static void backing_describe(struct region_backing *backing, char *name, size_t size,
			     uint64_t *device, uint64_t *inode)
{
	(void)backing;
	snprintf(name, size, "/a/file");
	*device = 1;
	*inode = 2;
}

/* Of objects[1], "opened" for reading only. */
static struct region_backing backing = {backing_get, backing_put, backing_describe, false};

static vaddr_t address_of(size_t page)
{
	return BASE + page * PAGE_SIZE;
}

static uint64_t *model_value(struct model_page *page)
{
	static uint64_t zero;

	if (page->own)
		return &page->value;
	if (page->object >= 0)
		return &objects[page->object].values[page->index];
	zero = 0;
	return &zero;
}

static bool beyond(const struct model_page *page)
{
	return page->object >= 0 &&
	       page->index >= DIV_ROUND_UP(objects[page->object].size, PAGE_SIZE);
}

static void model_write(struct model_page *page, uint64_t value)
{
	if (!(page->flags & REGION_SHARED))
		page->own = true;
	*model_value(page) = value;
}

static struct model_space *random_space(void)
{
	struct model_space *space;

	do {
		space = &spaces[random_below(SPACES)];
	} while (!space->aspace);
	return space;
}

/* ---- The TLB ---- */

void tlb_shootdown(struct page_table *table, vaddr_t start, vaddr_t end)
{
	for (size_t s = 0; s < SPACES; s++) {
		if (!spaces[s].aspace || table != &spaces[s].aspace->table)
			continue;
		for (size_t i = 0; i < PAGES; i++) {
			if (!spaces[s].tlb[i].frame || address_of(i) < start ||
			    address_of(i) >= end)
				continue;
			assert(frame_references(spaces[s].tlb[i].frame) > 0);
			spaces[s].tlb[i].frame = NULL;
		}
	}
}

void tlb_evict(struct page_table *table)
{
	tlb_shootdown(table, 0, USER_TOP);
}

static void check_tlb(struct model_space *space)
{
	struct page_mapping mapping;

	for (size_t i = 0; i < PAGES; i++) {
		if (!space->tlb[i].frame)
			continue;
		assert(pagetable_lookup(&space->aspace->table, address_of(i), &mapping));
		assert(mapping.frame == frame_paddr(space->tlb[i].frame));
		assert(mapping.flags & PAGE_READ);
		assert(!space->tlb[i].write || (mapping.flags & PAGE_WRITE));
	}
}

/* ---- Whole spaces ---- */

static void check_page(struct model_space *space, size_t i)
{
	struct model_page *page = &space->pages[i];
	struct region *region = region_at(space->aspace, address_of(i));

	assert(page->mapped == (region != NULL));
	if (!region)
		return;
	assert(region->flags == page->flags);
	assert(region->object == (page->object < 0 ? NULL : objects[page->object].object));
	assert(page->object < 0 || region_page_index(region, address_of(i)) == page->index);
}

static void check_regions(struct aspace *aspace)
{
	vaddr_t last = 0;
	size_t count = 0, pages = 0, resident = 0, largest = 0;

	for (struct region *region = region_first(aspace); region; region = region_next(region)) {
		assert(region->start < region->end && region->start >= last);
		if (count > 0)
			largest = MAX(largest, region->start - last);
		last = region->end;
		count++;
		pages += region_pages(region);
		assert(list_linked(&region->object_node) == (region->object != NULL));
	}
	assert(count == aspace->region_count && pages == aspace->mapped_pages);
	if (count > 0)
		assert(region_of(aspace->regions.root)->subtree_gap == largest);
	pagetable_visit(&aspace->table, 0, USER_TOP, count_page, &resident);
	assert(resident == aspace->resident_pages);
}

static void check_all(void)
{
	for (size_t s = 0; s < SPACES; s++) {
		if (!spaces[s].aspace)
			continue;
		for (size_t i = 0; i < PAGES; i++)
			check_page(&spaces[s], i);
		check_tlb(&spaces[s]);
		check_regions(spaces[s].aspace);
	}
	for (size_t o = 0; o < OBJECTS; o++)
		assert(memobj_size(objects[o].object) == objects[o].size);
	assert(shim_irqs_off == 0);
}

/* ---- Steps ---- */

/* The object that another thread resizes in the midst of the present fault. */
static struct memobj *resized_meanwhile;
static void resize_object(unsigned o);

/* Called wherever a frame is allocated. */
static void meanwhile(void)
{
	struct memobj *object = resized_meanwhile;

	/* Not where the other thread would have to wait for us. */
	if (!object || spin_held(&object->lock) || mutex_held(&object->mapping_lock))
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
		space->tlb[i].frame = NULL;
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
	unsigned rights = random_below(8);
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

/* ---- Single things ---- */

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
	request.object = objects[0].object;
	request.page_offset = UINT64_MAX >> PAGE_SHIFT;
	request.length = 2 * PAGE_SIZE;
	assert(aspace_map(aspace, &request) == -EOVERFLOW);
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
	size_t before;
	struct frame_counts counts;

	random_start();
	boot_info.range_count = 1;
	boot_info.ranges[0] = (struct memory_range){0, RAM_SIZE, MEMORY_USABLE};
	kernel_root = virt_to_phys(boot_alloc(PAGE_SIZE));
	frame_init();
	slab_init();
	memobj_init();
	aspace_init();
	frame_counts(&counts);
	before = counts.free;

	for (size_t o = 0; o < OBJECTS; o++) {
		objects[o].size = 20 * PAGE_SIZE;
		objects[o].object = memobj_create(objects[o].size);
	}
	test_radix();
	test_stack();
	test_tables();
	test_arguments();
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
	assert(backing_count == 0 && slab_objects() == 0);
	slab_drain();
	frame_counts(&counts);
	assert(counts.free == before);
	puts("ok");
	return 0;
}
