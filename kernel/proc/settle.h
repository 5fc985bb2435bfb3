/* SPDX-License-Identifier: MIT */
/* For leak checks: /proc/counts and the in-kernel tests. */
#ifndef PROC_SETTLE_H
#define PROC_SETTLE_H

#include <stddef.h>

/*
 * Waits until what has ended is buried, and gives all that caches hold back, so that equal counts
 * before and after mean that nothing leaked. Thread context; other threads should be quiet.
 */
void kernel_settle(void);
/* Frames that are free or belong to slabs: what slabs keep is counted by slab_objects(),
 * exactly. */
size_t settled_frames(void);

#endif
