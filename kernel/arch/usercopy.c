/* SPDX-License-Identifier: MIT */
/* The exception table of usercopy.asm: where to go on when an access to user memory fails. */
#include "arch/usercopy.h"

#include "arch/trap.h"

struct extable_entry {
	uint64_t instruction, fixup;
};
extern const struct extable_entry __extable_start[], __extable_end[];

static const struct extable_entry *find(const struct trap_frame *frame)
{
	for (const struct extable_entry *entry = __extable_start; entry < __extable_end; entry++)
		if (entry->instruction == frame->rip)
			return entry;
	return NULL;
}

bool usercopy_covers(const struct trap_frame *frame)
{
	return find(frame) != NULL;
}

bool usercopy_fixup(struct trap_frame *frame)
{
	const struct extable_entry *entry = find(frame);

	if (!entry)
		return false;
	frame->rip = entry->fixup;
	return true;
}
