/* SPDX-License-Identifier: MIT */
/* What this kind of CPU can do, read from CPUID once, on the boot CPU. */
#ifndef ARCH_FEATURES_H
#define ARCH_FEATURES_H

#include "arch/types.h"

struct cpu_features {
	bool smep, smap, umip, global_pages, xsave, rdrand, pages_1g;
	uint32_t max_leaf;
};
/* const after cpu_init_boot() */
extern struct cpu_features cpu_features;

void features_read(void);
/* Turns on what protects the kernel (WP, SMEP, SMAP, UMIP) and global pages, on the CPU that runs
 * this; FSGSBASE off. */
void features_enable(void);
/* Writes STAC and CLAC over their places in the kernel's text, if there is SMAP. Before the text
 * becomes read-only. */
void features_patch_smap(void);

#endif
