/* SPDX-License-Identifier: MIT */
/*
 * An address space: an ordered set of regions over one page table.
 *
 * A region maps a window of a memory object (shared: its very frames; private: its frames until
 * written, then copies) or zero-filled private memory. Everything is filled on demand. Private
 * pages live in the page table only; fork shares them read-only with PAGE_COW and both sides copy
 * before they write.
 *
 * Locks, in this order:
 *  - aspace->lock (sleeping): regions, brk. A fault reads, whatever changes regions writes.
 *  - object->freezer (sleeping) or mappings_lock (vm/memobj.h): a region of an object changes its
 *    place under aspace->lock and one of these.
 *  - aspace->table_lock: page table entries. Held with aspace->lock, or by a resize of an object
 *    that has frozen its mappings.
 *  - object->lock.
 * An entry that loses a right or its page: change the entry under table_lock, release it,
 * tlb_shootdown(), and only then put the frame. Regions, objects and backings are put after
 * aspace->lock is released.
 */
#ifndef VM_ASPACE_H
#define VM_ASPACE_H

#include "arch/pagetable.h"
#include "base/refcount.h"
#include "lib/tree.h"
#include "mm/memory_key.h"
#include "sync/rwlock.h"
#include "sync/waitq.h"
#include "vm/memobj.h"

enum region_flags {
	REGION_READ = PAGE_READ,
	REGION_WRITE = PAGE_WRITE,
	REGION_EXEC = PAGE_EXEC,
	REGION_SHARED = 1 << 16,
	REGION_STACK = 1 << 17, /* grows down to its limit on demand; a guard gap stays below it */
	REGION_HEAP = 1 << 18,
};

/* What keeps a mapped file's name for /proc/PID/maps; fs supplies it (struct file). */
struct region_backing {
	void (*get)(struct region_backing *backing);
	void (*put)(struct region_backing *backing);
	/* The name and numbers for /proc/PID/maps. */
	void (*describe)(struct region_backing *backing, char *name, size_t size, uint64_t *device,
			 uint64_t *inode);
	bool writable; /* may a shared mapping be made writable (opened for writing)? */
};

#define STACK_LIMIT (8UL << 20) /* a new address space's */

struct aspace {
	struct refcount references;
	struct page_table table;
	struct spinlock table_lock; /* page table entries */
	/* those who want to write to a copy that another CPU may not have noticed yet
	 * (vm/fault.c) */
	struct wait_queue copy_settled;
	struct rwlock lock;
	/* [lock] */
	struct tree regions;  /* struct region (vm/region.h) by address */
	struct list in_order; /* the same regions */
	size_t region_count;
	vaddr_t brk_start, brk_end; /* bytes; the [heap] region covers their pages */
	size_t mapped_pages;        /* sum of the regions */
	/* [lock to change, atomic] how often memory has left the address where it was */
	_Atomic uint64_t moves;
	/* [atomic, relaxed] changed under table_lock */
	_Atomic size_t resident_pages;
	/* [atomic, relaxed] bytes to which a REGION_STACK may grow; prlimit(RLIMIT_STACK) sets
	 * it */
	_Atomic size_t stack_limit;
	/* [lock] where /proc reads them: set by exec */
	vaddr_t code_start, code_end, stack_start, arg_start, arg_end, env_start, env_end;
};

void aspace_init(void);
struct aspace *aspace_create(void); /* NULL: no memory */
void aspace_get(struct aspace *aspace);
/* The last reference unmaps everything and frees the page table, evicting lazy CPUs. May sleep. */
void aspace_put(struct aspace *aspace);
/* A copy for fork: every region, private pages shared copy-on-write. NULL: no memory. */
struct aspace *aspace_fork(struct aspace *parent);

struct map_request {
	vaddr_t address; /* a hint, or with `fixed` the place */
	size_t length;   /* bytes, rounded up */
	unsigned flags;  /* enum region_flags */
	bool fixed;      /* MAP_FIXED: what is there goes, unless no_replace */
	bool no_replace; /* MAP_FIXED_NOREPLACE: -EEXIST when something is there */
	struct memobj *object;
	uint64_t page_offset;
	struct region_backing *backing;
};
/* Takes references of object and backing on success. The address, or -ENOMEM, -EINVAL, -EPERM,
 * -EOVERFLOW, -EEXIST (as mmap(2)). Nothing has changed where it fails. */
long must_check aspace_map(struct aspace *aspace, const struct map_request *request);
/* As munmap(2), mprotect(2), mremap(2), madvise(2); `rights` is of REGION_READ|WRITE|EXEC. */
int must_check aspace_unmap(struct aspace *aspace, vaddr_t start, size_t length);
int must_check aspace_protect(struct aspace *aspace, vaddr_t start, size_t length, unsigned rights);
long must_check aspace_remap(struct aspace *aspace, vaddr_t old, size_t old_length,
			     size_t new_length, unsigned mremap_flags, vaddr_t new_address);
int must_check aspace_advise(struct aspace *aspace, vaddr_t start, size_t length, int advice);
/* brk(2): the new end, or the old one when it cannot be. */
vaddr_t aspace_brk(struct aspace *aspace, vaddr_t end);

/* True: somebody besides the caller has it (maybe only to look at it for a moment). */
static inline bool aspace_is_shared(const struct aspace *aspace)
{
	return ref_count(&aspace->references) > 1;
}

/* `address`, which cannot be accessed, is where a stack that ends at `stack` would overflow to: in
 * the guard below its region, or for one that grows, beyond its limit. May sleep. */
bool aspace_is_stack_guard(struct aspace *aspace, vaddr_t stack, vaddr_t address);

/* Copies kernel memory into the (not loaded) address space, making pages: exec's stack and TLS of a
 * new image. Page rights are not looked at (it may write read-only segments). -EFAULT outside
 * regions, -ENOMEM. */
int must_check aspace_write(struct aspace *aspace, vaddr_t to, const void *from, size_t bytes);
/* Reads another process's memory (/proc/PID/cmdline): bytes read, stops at the first hole. */
size_t aspace_read(struct aspace *aspace, vaddr_t from, void *to, size_t bytes);

/* The result of a page fault. */
enum fault_result {
	FAULT_DONE,          /* served: try again */
	FAULT_NO_REGION,     /* SIGSEGV, SEGV_MAPERR */
	FAULT_NO_RIGHT,      /* SIGSEGV, SEGV_ACCERR */
	FAULT_BEYOND_OBJECT, /* SIGBUS, BUS_ADRERR */
	FAULT_NO_MEMORY,
};
/* `access`: PAGE_READ, PAGE_WRITE or PAGE_EXEC. May sleep. (vm/fault.c) */
enum fault_result aspace_fault(struct aspace *aspace, vaddr_t address, unsigned access);

/* The key of the memory behind an address. Of shared memory it is noted in `hint`, too, which is
 * the caller's own, zero at first, and used for this address space alone. False: nothing is mapped
 * there. May sleep. */
bool must_check aspace_key(struct aspace *aspace, vaddr_t address, struct memory_key_hint *hint,
			   struct memory_key *key);
/* The same, if the hint has it: programs stay in the same shared memory, and the search for the
 * region under the lock is 150 instructions. */
static inline bool must_check aspace_key_is_known(struct aspace *aspace, vaddr_t address,
						  const struct memory_key_hint *hint,
						  struct memory_key *key)
{
	vaddr_t distance = address - hint->start;

	/* relaxed: who may expect us to know of an unmap has told us by other means */
	if (distance >= hint->length ||
	    hint->moves != atomic_load_explicit(&aspace->moves, memory_order_relaxed))
		return false;
	*key = (struct memory_key){hint->owner, hint->offset + distance};
	return true;
}

/* What /proc and pmap show, region after region, in order. */
struct region_info {
	vaddr_t start, end;
	unsigned flags;
	uint64_t offset; /* bytes */
	uint64_t device, inode;
	size_t resident_pages; /* only when asked for */
	char name[256];
};
/* The first region that ends above `address`. False: none. May sleep. */
bool aspace_region_info(struct aspace *aspace, vaddr_t address, bool count_resident,
			struct region_info *info);

/* One page that is there, as it was when it was looked at. */
struct aspace_page {
	vaddr_t address;
	paddr_t frame;
	uint32_t references; /* of the frame: mappings, and the memory object that holds it */
	unsigned flags;      /* enum page_flags */
};
/* The first `room` pages in [start, end), in order. Returns how many. May sleep. (vm/pages.c) */
size_t aspace_pages(struct aspace *aspace, vaddr_t start, vaddr_t end, struct aspace_page *pages,
		    size_t room);

/* Registered by proc: what to do when a fault finds no memory: kill the largest process; true: try
 * again. */
void aspace_set_oom_hook(bool (*hook)(void));

#endif
