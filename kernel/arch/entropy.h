/* SPDX-License-Identifier: MIT */
/* What the hardware has of chance. */
#ifndef ARCH_ENTROPY_H
#define ARCH_ENTROPY_H

#include <stdint.h>

/* RDRAND where there is one, mixed with the low bits of the TSC over a few uneven loops. */
uint64_t entropy_word(void);

#endif
