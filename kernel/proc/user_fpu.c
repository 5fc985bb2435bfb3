/* SPDX-License-Identifier: MIT */
/*
 * Moving floating-point state between registers and signal frames. Whoever loads the registers does
 * so with preemption off; what is in current->fpu meanwhile does not matter, the next switch saves
 * the registers there.
 */
#include "proc/user_fpu.h"

#include "arch/fpu.h"
#include "lib/abi/errno.h"
#include "lib/abi/signal.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "sched/sched.h"

static struct slab_cache area_cache; /* for states on their way in */
static void *fresh;                  /* const after boot: what a new program has */

void user_fpu_init(void)
{
	slab_cache_init(&area_cache, "user fpu", fpu_area_size(), USER_FPU_ALIGNMENT);
	fresh = slab_alloc(&area_cache);
	if (!fresh)
		panic("no memory for the first floating-point state");
	fpu_area_init(fresh);
}

static void load(const void *area)
{
	preempt_disable();
	fpu_load(area);
	preempt_enable();
}

void user_fpu_reset(void)
{
	load(fresh);
}

bool user_fpu_is_extended(void)
{
	return fpu_features();
}

size_t user_fpu_frame_bytes(void)
{
	return fpu_area_size() + (user_fpu_is_extended() ? FP_XSTATE_MAGIC2_SIZE : 0);
}

int user_fpu_to_frame(user_addr_t to)
{
	size_t size = fpu_area_size();
	struct fpstate *area = current->fpu;
	uint32_t magic2 = FP_XSTATE_MAGIC2;

	preempt_disable();
	fpu_save(area);
	preempt_enable();
	/* The processor leaves these bytes alone. */
	area->sw_reserved = (struct fpstate_software){.magic1 = 0};
	if (user_fpu_is_extended())
		area->sw_reserved = (struct fpstate_software){
			.magic1 = FP_XSTATE_MAGIC1,
			.extended_size = (uint32_t)user_fpu_frame_bytes(),
			.xfeatures = fpu_features(),
			.xstate_size = (uint32_t)size,
		};
	if (copy_to_user(to, area, size))
		return -EFAULT;
	if (!user_fpu_is_extended())
		return 0;
	return copy_to_user(user_addr_add(to, size), &magic2, sizeof(magic2));
}

/* The frame holds a whole XSAVE area, and not just the FXSAVE part. */
static bool frame_is_extended(const struct fpstate_software *software, user_addr_t from)
{
	size_t size = fpu_area_size();
	uint32_t magic2;

	if (!user_fpu_is_extended() || software->magic1 != FP_XSTATE_MAGIC1 ||
	    software->xstate_size != size || software->extended_size < size)
		return false;
	return !copy_from_user(&magic2, user_addr_add(from, size), sizeof(magic2)) &&
	       magic2 == FP_XSTATE_MAGIC2;
}

static int copy_in(void *area, user_addr_t from)
{
	struct fpstate *legacy = area;
	struct xstate_header *header = (struct xstate_header *)(legacy + 1);
	size_t rest = fpu_area_size() - sizeof(*legacy);

	if (copy_from_user(legacy, from, sizeof(*legacy)))
		return -EFAULT;
	if (frame_is_extended(&legacy->sw_reserved, from))
		return copy_from_user(header, user_addr_add(from, sizeof(*legacy)), rest);
	if (user_fpu_is_extended()) {
		memset(header, 0, rest);
		header->xfeatures = 3; /* x87 and SSE; all else as after a reset */
	}
	return 0;
}

bool user_fpu_from_frame(user_addr_t from)
{
	if (!from.raw) {
		user_fpu_reset();
		return true;
	}
	if (from.raw % (user_fpu_is_extended() ? USER_FPU_ALIGNMENT : 16))
		return false; /* as the processor's own instructions would fault */
	/* Not into current->fpu: a switch to another thread meanwhile would save the registers over
	 * it. */
	void *area = slab_alloc(&area_cache);
	if (!area)
		return false;
	bool good = !copy_in(area, from) && fpu_area_sanitize(area);
	if (good)
		load(area);
	slab_free(&area_cache, area);
	return good;
}
