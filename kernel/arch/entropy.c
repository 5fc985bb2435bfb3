/* SPDX-License-Identifier: MIT */
/* RDRAND: SDM vol. 1, 7.3.17. It may have run dry for a moment; ten tries are enough by the
 * manual. */
#include "arch/entropy.h"

#include "arch/features.h"
#include "arch/regs.h"

#define TRIES   10
#define SAMPLES 64

uint64_t entropy_word(void)
{
	uint64_t word = 0, random = 0;

	for (unsigned i = 0; i < SAMPLES; i++)
		word = (word << 7 | word >> 57) ^ rdtsc();
	for (unsigned i = 0; cpu_features.rdrand && i < TRIES; i++) {
		bool ok;

		__asm__ volatile("rdrand %0" : "=r"(random), "=@ccc"(ok));
		if (ok)
			break;
	}
	return word ^ random;
}
