/* SPDX-License-Identifier: MIT */
/* Looks addresses up in the table that tools/mksyms made of the kernel's text symbols. */
#include "base/symbols.h"

#include "arch/layout.h"

/* Ascending offsets from __text_start, one more than names: the end of the text. */
extern const uint32_t ksyms_count;
extern const uint32_t ksyms_offsets[];
extern const uint32_t ksyms_names_index[];
extern const char ksyms_names[];

const char *symbol_lookup(vaddr_t address, size_t *offset)
{
	uint32_t wanted, low = 0, high = ksyms_count;

	if (address < (vaddr_t)__text_start || address >= (vaddr_t)__text_end || ksyms_count == 0)
		return NULL;
	wanted = (uint32_t)(address - (vaddr_t)__text_start);
	if (wanted < ksyms_offsets[0])
		return NULL;
	/* ksyms_offsets[low] <= wanted < ksyms_offsets[high] */
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (ksyms_offsets[middle] <= wanted)
			low = middle;
		else
			high = middle;
	}
	*offset = wanted - ksyms_offsets[low];
	return ksyms_names + ksyms_names_index[low];
}
