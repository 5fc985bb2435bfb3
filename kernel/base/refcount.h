/* SPDX-License-Identifier: MIT */
/* A count of references. The one who drops the last frees. Any context. */
#ifndef BASE_REFCOUNT_H
#define BASE_REFCOUNT_H

#include "base/assert.h"

#include <stdatomic.h>

struct refcount {
	_Atomic uint32_t count;
};

static inline void ref_init(struct refcount *ref)
{
	/* relaxed: nobody else knows the object yet */
	atomic_store_explicit(&ref->count, 1, memory_order_relaxed);
}

static inline void ref_get(struct refcount *ref)
{
	/* relaxed: the caller's own reference keeps the object; nothing is published here */
	uint32_t before = atomic_fetch_add_explicit(&ref->count, 1, memory_order_relaxed);
	(void)before;
	ASSERT(before > 0 && before < UINT32_MAX / 2);
}

/* Takes a reference unless the last one is gone (for look-ups in tables that hold none). */
static inline bool ref_get_unless_zero(struct refcount *ref)
{
	uint32_t count = atomic_load_explicit(&ref->count, memory_order_relaxed);
	while (count > 0)
		if (atomic_compare_exchange_weak_explicit(&ref->count, &count, count + 1,
							  memory_order_acquire,
							  memory_order_relaxed))
			return true;
	return false;
}

/* True: that was the last reference and the caller frees the object. acq_rel: all earlier use by
 * others happens before the free. */
static inline bool ref_put(struct refcount *ref)
{
	uint32_t before = atomic_fetch_sub_explicit(&ref->count, 1, memory_order_acq_rel);
	ASSERT(before > 0);
	return before == 1;
}

static inline uint32_t ref_count(const struct refcount *ref)
{
	return atomic_load_explicit(&ref->count, memory_order_relaxed);
}

#endif
