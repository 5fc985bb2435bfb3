/* SPDX-License-Identifier: MIT */
/* sysinfo(2) of Linux x86-64. */
#ifndef LIB_ABI_SYSINFO_H
#define LIB_ABI_SYSINFO_H

#include <stddef.h>

/* The load averages are fixed point with this many fraction bits. */
#define SI_LOAD_SHIFT 16

struct sysinfo {
	long uptime; /* seconds */
	unsigned long loads[3];
	unsigned long totalram; /* these in units of mem_unit */
	unsigned long freeram;
	unsigned long sharedram;
	unsigned long bufferram;
	unsigned long totalswap;
	unsigned long freeswap;
	unsigned short procs;
	unsigned short padding;
	unsigned long totalhigh;
	unsigned long freehigh;
	unsigned int mem_unit;
};

_Static_assert(sizeof(struct sysinfo) == 112, "struct sysinfo");
_Static_assert(offsetof(struct sysinfo, totalhigh) == 88, "struct sysinfo");

#endif
