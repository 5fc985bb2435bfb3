/* SPDX-License-Identifier: MIT */
/*
 * A stable key of the memory behind a user address, for futexes: (object, offset) of shared memory,
 * else (address space, address). It holds no reference: an object's number is never given twice,
 * and an address space outlives the waits of its threads. See aspace_key().
 */
#ifndef MM_MEMORY_KEY_H
#define MM_MEMORY_KEY_H

#include "arch/types.h"

struct memory_key {
	uint64_t owner; /* memobj's id, or the address of the aspace */
	uint64_t offset;
};

/* Where the shared memory lies that a thread last had a key of. */
struct memory_key_hint {
	vaddr_t start;
	size_t length;          /* 0: nothing is known */
	uint64_t owner, offset; /* the key of `start` */
	uint64_t moves;         /* true as long as aspace->moves has this value */
};

#endif
