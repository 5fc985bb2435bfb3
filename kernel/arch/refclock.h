/* SPDX-License-Identifier: MIT */
/* A counter of known speed to calibrate others against: the HPET or the PIT. Boot only. */
#ifndef ARCH_REFCLOCK_H
#define ARCH_REFCLOCK_H

#include <stdbool.h>
#include <stdint.h>

void refclock_init(void);
bool refclock_is_hpet(void);
uint64_t refclock_hz(void);
uint64_t refclock_read(void);
/* Counts from one reading to a later one, less than 50 ms later. */
uint64_t refclock_elapsed(uint64_t start, uint64_t end);

#endif
