/* SPDX-License-Identifier: MIT */
/*
 * What the loader told us, Multiboot2 or PVH, in one form. Filled by arch at the start, const
 * after.
 */
#ifndef BASE_BOOT_INFO_H
#define BASE_BOOT_INFO_H

#include "arch/types.h"

#define BOOT_MEMORY_RANGES    64
#define BOOT_COMMAND_LINE_MAX 2048

enum memory_kind { MEMORY_USABLE = 1, MEMORY_RESERVED, MEMORY_ACPI, MEMORY_NVS, MEMORY_BAD };

struct memory_range {
	paddr_t start, end;
	enum memory_kind kind;
};

struct boot_info {
	const char *loader; /* "GRUB 2.06 (Multiboot2)", "PVH" */
	char command_line[BOOT_COMMAND_LINE_MAX];
	size_t range_count;
	struct memory_range ranges[BOOT_MEMORY_RANGES]; /* as told, unsorted */
	paddr_t initrd_start, initrd_end;               /* 0, 0: none */
	paddr_t rsdp;                                   /* 0: not told, to be searched for */
};
extern struct boot_info boot_info;

/* For the loaders' readers: adds a range; one too many is dropped, with a message. */
void boot_info_add_range(paddr_t start, paddr_t end, uint32_t kind);

/* The value of `key=value` on the command line into `value` (quotes removed, cut to size); true
 * also for a bare `key` (value ""). False: not there. The last one wins. */
bool boot_option(const char *key, char *value, size_t size);
/* The same as a number in [min, max]; `fallback` when absent; out of range or no number: a message
 * and `fallback`. */
uint64_t boot_option_number(const char *key, uint64_t fallback, uint64_t min, uint64_t max);
/* Is it there as `key=on`? Any other value: a message. */
bool boot_option_on(const char *key);
/* Names each option on the command line that nobody knows. Once, when messages can be seen. */
void boot_options_check(void);

#endif
