/* SPDX-License-Identifier: MIT */
#include "base/lock_place.h"

#include "arch/cpu.h"
#include "base/symbols.h"
#include "lib/vsnprintf.h"

struct lock_place lock_place_here(vaddr_t address)
{
	return (struct lock_place){address, current_tid()};
}

struct lock_place_text lock_place_text(struct lock_place place)
{
	struct lock_place_text result;
	size_t offset = 0;
	const char *name = symbol_lookup(place.address, &offset);

	if (place.address)
		snprintf(result.text, sizeof(result.text), "%s+%#zx by thread %d",
			 name ? name : "?", offset, place.tid);
	else
		snprintf(result.text, sizeof(result.text), "nowhere");
	return result;
}
