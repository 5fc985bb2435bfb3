/* SPDX-License-Identifier: MIT */
/* Random bytes: ChaCha20 keyed from RDRAND or timing at boot (or from seed= for repeatable
 * tests). */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_init(void);
void random_bytes(void *buffer, size_t bytes); /* any context but NMI */
uint64_t random_u64(void);

#endif
