/* SPDX-License-Identifier: MIT */
/*
 * Address spaces under parallel use, with the MMU's own TLBs: threads that have a space loaded read
 * and write in it while others map, protect, fork, move and truncate. What the calls do in one
 * thread is tested on the host (tests/host/memory.c).
 *
 * A worker here is a kernel thread with the space's page table loaded. Its accesses go through
 * arch's copy instructions; where one faults, the worker calls aspace_fault() itself, as the upcall
 * does for a process.
 */
#include "arch/usercopy.h"
#include "base/ktest.h"
#include "lib/abi/errno.h"
#include "lib/abi/mman.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "sync/kthread.h"
#include "vm/region.h"

#define BASE    0x10000000UL
#define WORKERS 4
#define RW      (REGION_READ | REGION_WRITE)

/* ---- workers ---- */

struct crew {
	struct aspace *aspace;
	void (*work)(struct crew *crew, unsigned self);
	_Atomic unsigned started;
	_Atomic bool stop;                /* seq_cst throughout: this is about something else */
	_Atomic uint64_t figure[WORKERS]; /* rounds done */
	struct kthread *threads[WORKERS];
	unsigned count;
};

static void crew_entry(void *argument)
{
	struct crew *crew = argument;
	unsigned self = crew->started++;

	sched_set_page_table(&crew->aspace->table);
	crew->work(crew, self);
	sched_set_page_table(NULL);
}

static void crew_start(struct crew *crew, unsigned count, void (*work)(struct crew *, unsigned))
{
	crew->work = work;
	crew->count = count;
	for (unsigned i = 0; i < count; i++) {
		crew->threads[i] = kthread_run("worker", crew_entry, crew);
		KTEST_CHECK(crew->threads[i] != NULL);
	}
	while (crew->started < count)
		sched_yield();
}

static void crew_stop(struct crew *crew)
{
	crew->stop = true;
	for (unsigned i = 0; i < crew->count; i++)
		if (crew->threads[i])
			kthread_join(crew->threads[i]);
}

/* Counts a round of a worker, and now and then lets the others on: a whole slice for each would
 * take too long. */
static void crew_breathe(struct crew *crew, unsigned self)
{
	if (++crew->figure[self] % 32 == 0)
		sched_yield();
}

/* One word of user memory, with faults served. */
static enum fault_result user_write(struct aspace *aspace, vaddr_t to, uint64_t value)
{
	enum fault_result result = FAULT_DONE;

	while (arch_copy_to_user(to, &value, sizeof(value)) && result == FAULT_DONE)
		result = aspace_fault(aspace, to, PAGE_WRITE);
	return result;
}

static enum fault_result user_read(struct aspace *aspace, vaddr_t from, uint64_t *value)
{
	enum fault_result result = FAULT_DONE;

	while (arch_copy_from_user(value, from, sizeof(*value)) && result == FAULT_DONE)
		result = aspace_fault(aspace, from, PAGE_READ);
	return result;
}

static vaddr_t map(struct aspace *aspace, vaddr_t at, size_t pages, unsigned flags,
		   struct memobj *object)
{
	const struct map_request request = {.address = at,
					    .length = pages * PAGE_SIZE,
					    .flags = flags,
					    .fixed = true,
					    .object = object};
	long result = aspace_map(aspace, &request);

	KTEST_EQUAL(result, at);
	return result;
}

/* ---- through the MMU ---- */

KTEST(vm_copy_on_write)
{
	struct aspace *parent = aspace_create(), *child;
	vaddr_t at = map(parent, BASE, 2, RW, NULL);
	uint64_t value = 0;

	sched_set_page_table(&parent->table);
	KTEST_EQUAL(user_read(parent, at, &value), FAULT_DONE);
	KTEST_EQUAL(value, 0);
	KTEST_EQUAL(user_write(parent, at, 1), FAULT_DONE);
	child = aspace_fork(parent);
	KTEST_CHECK(child != NULL);
	KTEST_EQUAL(user_write(parent, at, 2), FAULT_DONE);
	sched_set_page_table(&child->table);
	KTEST_EQUAL(user_read(child, at, &value), FAULT_DONE);
	KTEST_EQUAL(value, 1);
	KTEST_EQUAL(user_write(child, at, 3), FAULT_DONE);
	sched_set_page_table(&parent->table);
	KTEST_EQUAL(user_read(parent, at, &value), FAULT_DONE);
	KTEST_EQUAL(value, 2);
	sched_set_page_table(NULL);
	aspace_put(child);
	aspace_put(parent);
}

/* The last one that has a page takes it over: the frame is the one from before the fork. */
KTEST(vm_take_over)
{
	struct aspace *parent = aspace_create(), *child;
	vaddr_t at = map(parent, BASE, 1, RW, NULL);
	struct page_mapping before, after;
	uint64_t value = 7;

	KTEST_EQUAL(aspace_write(parent, at, &value, sizeof(value)), 0);
	KTEST_CHECK(pagetable_lookup(&parent->table, at, &before));
	child = aspace_fork(parent);
	aspace_put(child);
	KTEST_EQUAL(aspace_fault(parent, at, PAGE_WRITE), FAULT_DONE);
	KTEST_CHECK(pagetable_lookup(&parent->table, at, &after));
	KTEST_EQUAL(after.frame, before.frame);
	KTEST_CHECK((after.flags & PAGE_WRITE) && !(after.flags & PAGE_COW));
	aspace_put(parent);
}

KTEST(vm_rights)
{
	struct aspace *aspace = aspace_create();
	vaddr_t at = map(aspace, BASE, 1, RW, NULL);
	uint64_t value;

	sched_set_page_table(&aspace->table);
	KTEST_EQUAL(user_write(aspace, at, 5), FAULT_DONE);
	KTEST_EQUAL(aspace_protect(aspace, at, PAGE_SIZE, REGION_READ), 0);
	KTEST_EQUAL(user_write(aspace, at, 6), FAULT_NO_RIGHT);
	KTEST_EQUAL(aspace_protect(aspace, at, PAGE_SIZE, 0), 0);
	KTEST_EQUAL(user_read(aspace, at, &value), FAULT_NO_RIGHT);
	KTEST_EQUAL(aspace_protect(aspace, at, PAGE_SIZE, RW), 0);
	KTEST_EQUAL(user_read(aspace, at, &value), FAULT_DONE);
	KTEST_EQUAL(value, 5);
	KTEST_EQUAL(aspace_fault(aspace, at, PAGE_EXEC), FAULT_NO_RIGHT);
	KTEST_EQUAL(user_read(aspace, at + PAGE_SIZE, &value), FAULT_NO_REGION);
	sched_set_page_table(NULL);
	aspace_put(aspace);
}

/* ---- parallel faults ---- */

#define FAULT_PAGES 200

static void fault_work(struct crew *crew, unsigned self)
{
	for (unsigned page = 0; page < FAULT_PAGES; page++) {
		vaddr_t at = BASE + page * PAGE_SIZE + self * sizeof(uint64_t);

		KTEST_EQUAL(user_write(crew->aspace, at, page * 10 + self), FAULT_DONE);
	}
}

/* All workers make the same pages at the same time, from nothing, from an object and after a fork;
 * nobody's write gets lost. */
static void fault_round(struct aspace *aspace)
{
	struct crew crew = {.aspace = aspace};
	uint64_t words[WORKERS];

	crew_start(&crew, WORKERS, fault_work);
	crew_stop(&crew);
	for (unsigned page = 0; page < FAULT_PAGES; page++) {
		KTEST_EQUAL(aspace_read(aspace, BASE + page * PAGE_SIZE, words, sizeof(words)),
			    sizeof(words));
		for (unsigned i = 0; i < WORKERS; i++)
			KTEST_EQUAL(words[i], page * 10 + i);
	}
	KTEST_EQUAL(aspace->resident_pages, FAULT_PAGES);
}

KTEST(vm_parallel_faults)
{
	struct memobj *object = memobj_create(FAULT_PAGES * PAGE_SIZE);
	struct aspace *child;

	for (int kind = 0; kind < 3; kind++) {
		struct aspace *aspace = aspace_create();

		map(aspace, BASE, FAULT_PAGES, RW | (kind == 2 ? REGION_SHARED : 0),
		    kind ? object : NULL);
		fault_round(aspace);
		child = aspace_fork(aspace);
		fault_round(aspace);
		fault_round(child);
		aspace_put(aspace);
		fault_round(child);
		aspace_put(child);
	}
	memobj_put(object);
}

/* ---- a page goes while others write to it ---- */

static void write_work(struct crew *crew, unsigned self)
{
	while (!crew->stop) {
		enum fault_result result =
			user_write(crew->aspace, BASE + self * sizeof(uint64_t), self + 1);

		KTEST_CHECK(result == FAULT_DONE || result == FAULT_NO_REGION ||
			    result == FAULT_NO_RIGHT);
		crew_breathe(crew, self);
	}
}

static void await_writes(struct crew *crew)
{
	uint64_t seen[WORKERS];

	for (unsigned i = 0; i < crew->count; i++)
		seen[i] = crew->figure[i];
	for (unsigned i = 0; i < crew->count; i++)
		while (crew->figure[i] == seen[i])
			sched_yield();
}

/* Once munmap has returned, nothing reaches the frame that was there. */
KTEST(vm_unmap_shootdown)
{
	struct crew crew = {.aspace = aspace_create()};
	struct page_mapping mapping;

	crew_start(&crew, 3, write_work);
	for (int round = 0; round < 15; round++) {
		struct frame *frame = NULL;

		map(crew.aspace, BASE, 1, RW, NULL);
		await_writes(&crew);
		spin_lock(&crew.aspace->table_lock);
		if (pagetable_lookup(&crew.aspace->table, BASE, &mapping)) {
			frame = frame_of(mapping.frame);
			frame_get(frame); /* so that nobody else gets it */
		}
		spin_unlock(&crew.aspace->table_lock);
		KTEST_EQUAL(aspace_unmap(crew.aspace, BASE, PAGE_SIZE), 0);
		if (!frame)
			continue;
		memset(frame_vaddr(frame), 0, PAGE_SIZE);
		await_writes(&crew);
		for (unsigned i = 0; i < WORKERS; i++)
			KTEST_EQUAL(((uint64_t *)frame_vaddr(frame))[i], 0);
		KTEST_EQUAL(frame_references(frame), 1);
		frame_put(frame);
	}
	crew_stop(&crew);
	aspace_put(crew.aspace);
}

/* Once mprotect has returned, nobody writes any more; and after it gave the right back, they do. */
KTEST(vm_protect_shootdown)
{
	struct crew crew = {.aspace = aspace_create()};
	uint64_t zeroes[WORKERS] = {0}, words[WORKERS];

	map(crew.aspace, BASE, 1, RW, NULL);
	crew_start(&crew, 3, write_work);
	for (int round = 0; round < 15; round++) {
		await_writes(&crew);
		KTEST_EQUAL(aspace_protect(crew.aspace, BASE, PAGE_SIZE, REGION_READ), 0);
		KTEST_EQUAL(aspace_write(crew.aspace, BASE, zeroes, sizeof(zeroes)), 0);
		await_writes(&crew);
		KTEST_EQUAL(aspace_read(crew.aspace, BASE, words, sizeof(words)), sizeof(words));
		for (unsigned i = 0; i < WORKERS; i++)
			KTEST_EQUAL(words[i], 0);
		KTEST_EQUAL(aspace_protect(crew.aspace, BASE, PAGE_SIZE, RW), 0);
	}
	crew_stop(&crew);
	aspace_put(crew.aspace);
}

/* ---- fork while others write ---- */

/* Every worker has two pages of its own and writes a number to the first, then to the second. */
static void pair_work(struct crew *crew, unsigned self)
{
	vaddr_t first = BASE + 2 * self * PAGE_SIZE, second = first + PAGE_SIZE;

	for (uint64_t number = 1; !crew->stop; number++) {
		KTEST_EQUAL(user_write(crew->aspace, first, number), FAULT_DONE);
		KTEST_EQUAL(user_write(crew->aspace, second, number), FAULT_DONE);
		crew_breathe(crew, self);
	}
}

static void check_pairs(struct aspace *child, unsigned count, uint64_t *firsts)
{
	for (unsigned i = 0; i < count; i++) {
		vaddr_t at = BASE + 2 * i * PAGE_SIZE;
		uint64_t first = 0, second = 0;

		KTEST_EQUAL(aspace_read(child, at, &first, sizeof(first)), sizeof(first));
		KTEST_EQUAL(aspace_read(child, at + PAGE_SIZE, &second, sizeof(second)),
			    sizeof(second));
		KTEST_CHECK(first == second || first == second + 1);
		KTEST_CHECK(firsts[i] == 0 || firsts[i] == first);
		firsts[i] = first;
	}
}

/* A child has the memory of one moment, and keeps it whatever the parent's threads do. */
KTEST(vm_fork_snapshot)
{
	struct crew crew = {.aspace = aspace_create()};

	map(crew.aspace, BASE, 2 * WORKERS, RW, NULL);
	crew_start(&crew, 3, pair_work);
	for (int round = 0; round < 15; round++) {
		uint64_t firsts[WORKERS] = {0};
		struct aspace *child;

		await_writes(&crew);
		child = aspace_fork(crew.aspace);
		KTEST_CHECK(child != NULL);
		if (!child)
			break;
		check_pairs(child, 3, firsts);
		await_writes(&crew);
		check_pairs(child, 3, firsts);
		aspace_put(child);
	}
	crew_stop(&crew);
	aspace_put(crew.aspace);
}

/* ---- a file shrinks while others map it ---- */

#define FILE_PAGES 8

static void file_work(struct crew *crew, unsigned self)
{
	vaddr_t base = BASE + self * 16 * PAGE_SIZE;

	for (uint64_t i = 0; !crew->stop; i++) {
		enum fault_result result =
			user_write(crew->aspace, base + i % FILE_PAGES * PAGE_SIZE, i + 1);

		KTEST_CHECK(result == FAULT_DONE || result == FAULT_BEYOND_OBJECT);
		crew_breathe(crew, self);
	}
}

/* Pages that were cut off are in no page table any more, and come back as zeroes or what was
 * written since. */
KTEST(vm_truncate)
{
	struct memobj *object = memobj_create(FILE_PAGES * PAGE_SIZE);
	struct crew crew = {.aspace = aspace_create()};
	struct page_mapping mapping;

	for (unsigned i = 0; i < 3; i++)
		map(crew.aspace, BASE + i * 16 * PAGE_SIZE, FILE_PAGES,
		    RW | (i < 2 ? REGION_SHARED : 0), object);
	crew_start(&crew, 3, file_work);
	for (int round = 0; round < 16; round++) {
		unsigned kept = round % FILE_PAGES;
		struct aspace *child = NULL;

		if (round % 3 == 0)
			child = aspace_fork(crew.aspace);
		KTEST_EQUAL(memobj_resize(object, kept * PAGE_SIZE), 0);
		KTEST_CHECK(memobj_pages(object) <= kept);
		spin_lock(&crew.aspace->table_lock);
		for (unsigned i = 0; i < 3 * 16; i++)
			if (i % 16 >= kept)
				KTEST_CHECK(!pagetable_lookup(&crew.aspace->table,
							      BASE + i * PAGE_SIZE, &mapping));
		spin_unlock(&crew.aspace->table_lock);
		if (child) {
			KTEST_EQUAL(aspace_fault(child, BASE + kept * PAGE_SIZE, PAGE_READ),
				    FAULT_BEYOND_OBJECT);
			aspace_put(child);
		}
		await_writes(&crew);
		KTEST_EQUAL(memobj_resize(object, FILE_PAGES * PAGE_SIZE), 0);
		await_writes(&crew);
	}
	crew_stop(&crew);
	KTEST_EQUAL(list_length(&object->regions), 3);
	aspace_put(crew.aspace);
	memobj_put(object);
}

static struct memobj *fork_object;

/* Every page that the child maps is one that the object has now: no resize goes on while
 * the mappings are frozen. */
static void check_shared_pages(struct aspace *child)
{
	struct page_mapping mapping;
	struct frame *frame;

	memobj_freeze_mappings(fork_object);
	for (unsigned i = 0; i < FILE_PAGES; i++) {
		if (!pagetable_lookup(&child->table, BASE + i * PAGE_SIZE, &mapping))
			continue;
		KTEST_EQUAL(memobj_page(fork_object, i, false, &frame), 0);
		if (frame) {
			KTEST_EQUAL(mapping.frame, frame_paddr(frame));
			frame_put(frame);
		}
	}
	memobj_thaw_mappings(fork_object);
}

static void fork_work(struct crew *crew, unsigned self)
{
	while (!crew->stop) {
		struct aspace *child = aspace_fork(crew->aspace);
		uint64_t value = self;

		KTEST_CHECK(child != NULL);
		if (!child)
			return;
		check_shared_pages(child);
		sched_set_page_table(&child->table);
		for (unsigned i = 0; i < FILE_PAGES; i++)
			user_write(child, BASE + i * PAGE_SIZE, value);
		sched_set_page_table(&crew->aspace->table);
		aspace_put(child);
		crew_breathe(crew, self);
	}
}

/* Forks and ends of spaces that map an object, against its resizing: no stale page may be left in a
 * child. */
KTEST(vm_fork_truncate)
{
	struct memobj *object = memobj_create(FILE_PAGES * PAGE_SIZE);
	struct crew crew = {.aspace = aspace_create()};

	map(crew.aspace, BASE, FILE_PAGES, RW | REGION_SHARED, object);
	map(crew.aspace, BASE + 16 * PAGE_SIZE, FILE_PAGES, RW, object);
	fork_object = object;
	crew_start(&crew, WORKERS, fork_work);
	for (int round = 0; round < 16; round++) {
		uint64_t value = 1;

		for (unsigned i = 0; i < FILE_PAGES; i++)
			(void)!aspace_write(crew.aspace, BASE + (16 + i) * PAGE_SIZE, &value,
					    sizeof(value));
		KTEST_EQUAL(memobj_resize(object, round % FILE_PAGES * PAGE_SIZE), 0);
		memobj_freeze_mappings(object);
		KTEST_CHECK(memobj_pages(object) <= (size_t)round % FILE_PAGES);
		memobj_thaw_mappings(object);
		sched_yield();
		KTEST_EQUAL(memobj_resize(object, FILE_PAGES * PAGE_SIZE), 0);
		await_writes(&crew);
	}
	crew_stop(&crew);
	aspace_put(crew.aspace);
	memobj_put(object);
}

/* ---- everything at once ---- */

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005UL + 1442695040888963407UL;
	return *state >> 33;
}

static void chaos_step(struct aspace *aspace, struct memobj *object, uint64_t *random)
{
	vaddr_t at = BASE + next_random(random) % 64 * PAGE_SIZE;
	size_t pages = 1 + next_random(random) % 8;
	struct map_request request = {
		.address = at, .length = pages * PAGE_SIZE, .flags = RW, .fixed = true};
	uint64_t value;

	switch (next_random(random) % 12) {
	case 0:
		request.object = next_random(random) % 2 ? object : NULL;
		if (request.object && next_random(random) % 2)
			request.flags |= REGION_SHARED;
		KTEST_EQUAL(aspace_map(aspace, &request), at);
		break;
	case 1:
		KTEST_EQUAL(aspace_unmap(aspace, at, pages * PAGE_SIZE), 0);
		break;
	case 2:
		(void)!aspace_protect(aspace, at, pages * PAGE_SIZE, REGION_READ);
		break;
	case 3:
		(void)!aspace_protect(aspace, at, pages * PAGE_SIZE, RW);
		break;
	case 4:
		(void)!aspace_remap(aspace, at, pages * PAGE_SIZE, pages * PAGE_SIZE,
				    MREMAP_MAYMOVE | MREMAP_FIXED, at + 100 * PAGE_SIZE);
		break;
	case 5:
		(void)!aspace_advise(aspace, at, pages * PAGE_SIZE, MADV_DONTNEED);
		break;
	case 6:
		(void)!memobj_resize(object, next_random(random) % 10 * PAGE_SIZE);
		break;
	default:
		if (next_random(random) % 2)
			user_write(aspace, at, *random);
		else
			user_read(aspace, at, &value);
	}
}

static struct memobj *chaos_object;

static void chaos_work(struct crew *crew, unsigned self)
{
	uint64_t random = self;

	for (int round = 0; round < 200; round++) {
		struct aspace *child;

		chaos_step(crew->aspace, chaos_object, &random);
		if (round % 100 != 99)
			continue;
		child = aspace_fork(crew->aspace);
		KTEST_CHECK(child != NULL);
		if (!child)
			continue;
		sched_set_page_table(&child->table);
		for (int i = 0; i < 20; i++)
			chaos_step(child, chaos_object, &random);
		sched_set_page_table(&crew->aspace->table);
		aspace_put(child);
	}
}

/* Nothing is expected but that it ends, trips no assertion and leaves nothing behind. */
KTEST(vm_chaos)
{
	struct crew crew = {.aspace = aspace_create()};

	chaos_object = memobj_create(10 * PAGE_SIZE);
	crew_start(&crew, WORKERS, chaos_work);
	crew_stop(&crew);
	aspace_put(crew.aspace);
	KTEST_CHECK(list_empty(&chaos_object->regions));
	memobj_put(chaos_object);
}

/* ---- figures ---- */

/* A space lazily kept loaded by another CPU must not be freed under it. */
KTEST(vm_lazy_eviction)
{
	for (int round = 0; round < 50; round++) {
		struct crew crew = {.aspace = aspace_create()};

		map(crew.aspace, BASE, FAULT_PAGES, RW, NULL);
		crew_start(&crew, WORKERS, fault_work);
		crew_stop(&crew);
		aspace_put(crew.aspace);
	}
}
