/* SPDX-License-Identifier: MIT */
/*
 * The whole of vm on an array for RAM, with its real page tables: what it includes, and what stands
 * in for the locks and the MMU below it. The test says which allocations fail (fail_one_in), what
 * happens meanwhile, and what a TLB shootdown is.
 */
#ifndef TESTS_HOST_VM_SHIM_H
#define TESTS_HOST_VM_SHIM_H

#include "tests/host/kernel_shim.h"

#define frame_alloc      frame_alloc_real
#define frame_alloc_with frame_alloc_with_real
#define slab_alloc       slab_alloc_real
#include "kernel/mm/boot_memory.c"
#include "kernel/mm/frame.c"
#include "kernel/mm/slab.c"
#undef frame_alloc
#undef frame_alloc_with
#undef slab_alloc

/* ---- What fails, and what the kernel below vm does ---- */

static unsigned fail_one_in; /* allocations; 0: none fails */

static bool fails(void);
/* What another thread does in the midst of a step: called wherever a frame is allocated. */
static void meanwhile(void);

struct frame *frame_alloc(unsigned order, unsigned flags);
struct frame *frame_alloc(unsigned order, unsigned flags)
{
	meanwhile();
	return fails() ? NULL : frame_alloc_real(order, flags);
}

struct frame *frame_alloc_with(enum frame_content *content);
struct frame *frame_alloc_with(enum frame_content *content)
{
	meanwhile();
	return fails() ? NULL : frame_alloc_with_real(content);
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
static size_t vm_shim_frames; /* free at the start */

static size_t count_free(void)
{
	struct frame_counts counts;

	frame_counts(&counts);
	return counts.free;
}

static void vm_shim_start(void)
{
	random_start();
	boot_info.range_count = 1;
	boot_info.ranges[0] = (struct memory_range){0, RAM_SIZE, MEMORY_USABLE};
	kernel_root = virt_to_phys(boot_alloc(PAGE_SIZE));
	frame_init();
	slab_init();
	memobj_init();
	aspace_init();
	vm_shim_frames = count_free();
}

/* Everything has been given back. */
static void vm_shim_end(void)
{
	assert(slab_objects() == 0);
	slab_drain();
	assert(count_free() == vm_shim_frames);
	puts("ok");
}

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

void waitq_init(struct wait_queue *queue, const char *name)
{
	(void)queue, (void)name;
}

void waitq_wake_all(struct wait_queue *queue)
{
	(void)queue;
}

/* In one thread nobody settles a copy while another waits for that. */
int waitq_wait_spin(struct wait_queue *queue, struct spinlock *lock, enum wait_kind kind,
		    uint64_t deadline, const char *reason)
{
	(void)queue, (void)lock, (void)kind, (void)deadline, (void)reason;
	abort();
}

void assert_may_sleep(const char *what)
{
	(void)what;
}

size_t arch_copy_from_user(void *to, uint64_t from, size_t bytes)
{
	(void)to, (void)from, (void)bytes;
	abort();
}

size_t arch_copy_to_user(uint64_t to, const void *from, size_t bytes)
{
	(void)to, (void)from, (void)bytes;
	abort();
}

size_t arch_clear_user(uint64_t to, size_t bytes)
{
	(void)to, (void)bytes;
	abort();
}

#endif
