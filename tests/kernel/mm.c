/* SPDX-License-Identifier: MIT */
/*
 * Frames, slabs and kernel stacks on the real machine, from several CPUs at once; what they do in
 * one thread is tested on the host (tests/host/frames.c).
 */
#include "arch/cpu.h"
#include "arch/pagetable.h"
#include "base/ktest.h"
#include "lib/string.h"
#include "lib/util.h"
#include "mm/frame.h"
#include "mm/kstack.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "sync/kthread.h"

#define WORKERS 5
#define HELD    40

/* Runs `entry` in WORKERS threads at once, each with its number, and waits for all. */
static void run_workers(void (*entry)(void *))
{
	struct kthread *workers[WORKERS];

	for (uintptr_t i = 0; i < WORKERS; i++)
		workers[i] = kthread_run("worker", entry, (void *)i);
	for (int i = 0; i < WORKERS; i++) {
		KTEST_CHECK(workers[i] != NULL);
		if (workers[i])
			kthread_join(workers[i]);
	}
}

/* Repeatable numbers, different in every worker. */
static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005UL + 1442695040888963407UL;
	return *state >> 33;
}

/* ---- frames ---- */

static void frame_worker(void *argument)
{
	uint64_t random = (uintptr_t)argument, mark = (uintptr_t)argument + 1;
	struct frame *held[HELD] = {NULL};

	for (int round = 0; round < 4000; round++) {
		unsigned i = next_random(&random) % HELD;
		unsigned order = next_random(&random) % 8 ? 0 : next_random(&random) % 4;

		if (held[i]) {
			KTEST_EQUAL(*(uint64_t *)frame_vaddr(held[i]), mark * 1000 + i);
			frame_put(held[i]);
			held[i] = NULL;
		} else {
			held[i] = frame_alloc(order, round % 2 ? FRAME_ZERO : 0);
			if (held[i] && round % 2)
				KTEST_EQUAL(((uint64_t *)frame_vaddr(held[i]))[511], 0);
			if (held[i])
				*(uint64_t *)frame_vaddr(held[i]) = mark * 1000 + i;
		}
		if (round % 1000 == 999)
			frame_drain_caches();
	}
	for (int i = 0; i < HELD; i++)
		if (held[i])
			frame_put(held[i]);
}

KTEST(frame_concurrent)
{
	run_workers(frame_worker);
}

static void share_frame(void *argument)
{
	struct frame *frame = argument;

	for (int i = 0; i < 10000; i++) {
		frame_get(frame);
		KTEST_CHECK(frame_references(frame) >= 2);
		frame_put(frame);
	}
	frame_put(frame);
}

/* Many holders come and go; the last one frees it, and only that. */
KTEST(frame_references)
{
	struct frame *frame = frame_alloc(0, 0);
	struct kthread *workers[WORKERS];

	for (int i = 0; i < WORKERS; i++) {
		frame_get(frame);
		workers[i] = kthread_run("sharer", share_frame, frame);
	}
	for (int i = 0; i < WORKERS; i++)
		kthread_join(workers[i]);
	KTEST_EQUAL(frame_references(frame), 1);
	frame_put(frame);
}

KTEST(frame_direct_map)
{
	struct frame *frame = frame_alloc(3, 0);

	KTEST_CHECK(frame && IS_ALIGNED(frame_paddr(frame), 8 * PAGE_SIZE));
	if (!frame)
		return;
	KTEST_CHECK(frame_of(frame_paddr(frame) + 100) == frame);
	KTEST_CHECK(frame_vaddr(frame) == phys_to_virt(frame_paddr(frame)));
	frame_put(frame);
}

/* ---- slabs ---- */

/* What one worker allocates the next one frees, so that objects wander between CPUs. */
static void *_Atomic exchange[WORKERS][HELD];

static void slab_worker(void *argument)
{
	uintptr_t self = (uintptr_t)argument;
	uint64_t random = self;

	for (int round = 0; round < 8000; round++) {
		unsigned i = next_random(&random) % HELD;
		size_t size = 8 + next_random(&random) % 600;
		uint64_t *object = kmalloc(size);

		if (object)
			object[0] = (uintptr_t)object ^ self;
		/* acq_rel: the object's content goes along */
		object = atomic_exchange_explicit(&exchange[self][i], object, memory_order_acq_rel);
		if (object)
			KTEST_EQUAL(object[0], (uintptr_t)object ^ self);
		kfree(object);
		object = atomic_exchange_explicit(&exchange[(self + 1) % WORKERS][i], NULL,
						  memory_order_acq_rel);
		if (object)
			KTEST_EQUAL(object[0], (uintptr_t)object ^ (self + 1) % WORKERS);
		kfree(object);
		if (round % 2000 == 1999)
			slab_drain();
	}
}

KTEST(slab_concurrent)
{
	run_workers(slab_worker);
	for (int w = 0; w < WORKERS; w++)
		for (int i = 0; i < HELD; i++)
			kfree(atomic_exchange(&exchange[w][i], NULL));
}

KTEST(slab_large)
{
	char *large = kzalloc(300000);

	KTEST_CHECK(large && IS_ALIGNED((vaddr_t)large, PAGE_SIZE));
	if (large)
		KTEST_CHECK(large[0] == 0 && large[299999] == 0);
	kfree(large);
	KTEST_CHECK(kmalloc(KMALLOC_MAX + 1) == NULL);
}

/* ---- kernel stacks ---- */

KTEST(kstack_many)
{
	enum { COUNT = 300 };
	vaddr_t *tops = kmalloc(COUNT * sizeof(*tops)), guarded;

	for (int i = 0; i < COUNT; i++) {
		tops[i] = kstack_alloc();
		KTEST_CHECK(tops[i] != 0);
		memset((void *)(tops[i] - KSTACK_SIZE), i, KSTACK_SIZE);
	}
	for (int i = 0; i < COUNT; i++) {
		KTEST_CHECK(*(unsigned char *)(tops[i] - 1) == (unsigned char)i);
		KTEST_CHECK(*(unsigned char *)(tops[i] - KSTACK_SIZE) == (unsigned char)i);
		KTEST_CHECK(!kstack_is_guard(tops[i] - KSTACK_SIZE, &guarded));
		KTEST_CHECK(kstack_is_guard(tops[i] - KSTACK_SIZE - 1, &guarded));
		KTEST_CHECK(guarded == tops[i]);
	}
	for (int i = 0; i < COUNT; i++)
		kstack_free(tops[i]);
	kfree(tops);
}

static void kstack_worker(void *argument)
{
	uint64_t random = (uintptr_t)argument;
	vaddr_t held[HELD] = {0};

	for (int round = 0; round < 600; round++) {
		unsigned i = next_random(&random) % HELD;

		if (held[i]) {
			KTEST_EQUAL(((vaddr_t *)held[i])[-100], held[i]);
			kstack_free(held[i]);
			held[i] = 0;
		} else {
			held[i] = kstack_alloc();
			if (held[i])
				((vaddr_t *)held[i])[-100] = held[i];
		}
		if (round % 200 == 199)
			kstack_drain();
	}
	for (int i = 0; i < HELD; i++)
		if (held[i])
			kstack_free(held[i]);
}

/* Stacks are unmapped and mapped again while other CPUs use theirs: none may see a stale
 * translation. */
KTEST(kstack_concurrent)
{
	run_workers(kstack_worker);
}
