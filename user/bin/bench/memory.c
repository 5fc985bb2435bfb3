/* SPDX-License-Identifier: MIT */
/* Page faults and mappings. */
#include <sys/mman.h>

#include "bench.h"

static char *map(size_t bytes)
{
	char *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

static char *fresh; /* pages that nobody has touched */

static long call_fault(long count)
{
	for (long i = 0; i < count; i++, fresh += PAGE)
		*(volatile char *)fresh = 1;
	return count;
}

static double run_fault(void)
{
	enum { BATCH = 64, BATCHES = 8 };

	fresh = map(BATCH * BATCHES * PAGE);
	return measure(call_fault, BATCH);
}

static long call_map(long count)
{
	for (long i = 0; i < count; i++)
		munmap(map(PAGE), PAGE);
	return count;
}

static double run_map(void)
{
	return measure(call_map, 100);
}

static long call_map_touch(long count)
{
	for (long i = 0; i < count; i++) {
		volatile char *memory = map(PAGE);

		*memory = 1;
		munmap((void *)memory, PAGE);
	}
	return count;
}

static double run_map_touch(void)
{
	return measure(call_map_touch, 100);
}

const struct row memory_rows[] = {
	{"fault", "page fault, write to new anonymous memory", NULL, run_fault},
	{"map", "mmap + munmap of 1 page, untouched", NULL, run_map},
	{"map_touch", "mmap + munmap of 1 page, written", NULL, run_map_touch},
	{0},
};
