/* SPDX-License-Identifier: MIT */
/*
 * The virtual address space, drawn in docs/architecture.md.
 *
 *   0000000000000000-00007fffffffefff  user, one page table per process
 *   ffff800000000000-ffff87ffffffffff  direct map of all RAM (PML4 slots 256-271, 8 TiB)
 *   ffffc00000000000-ffffc07fffffffff  kernel stacks, each above an unmapped guard page
 *   ffffd00000000000-ffffd07fffffffff  device registers (LAPIC, I/O APIC, HPET), uncached
 *   ffffec0000000000-                  kept for an address sanitizer's shadow
 *   ffffffff80000000-ffffffffffffffff  the kernel image
 *
 * All kernel PML4 slots in use are filled at boot, so that a process's copy of them never goes
 * stale.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include "arch/types.h"

/* One page below the last canonical user address stays free: a `syscall` there would return to a
 * non-canonical RIP. */
#define USER_TOP 0x00007ffffffff000UL
#define USER_MIN 0x10000UL /* nothing maps below: NULL plus an offset faults */

#define DIRECT_MAP_BASE   0xffff800000000000UL
#define DIRECT_MAP_SIZE   (16UL << 39)
#define KSTACK_BASE       0xffffc00000000000UL
#define KSTACK_SPAN       (1UL << 39)
#define MMIO_BASE         0xffffd00000000000UL
#define KERNEL_IMAGE_BASE 0xffffffff80000000UL

static inline void *phys_to_virt(paddr_t physical)
{
	return (void *)(physical + DIRECT_MAP_BASE);
}

/* Only for addresses inside the direct map. */
static inline paddr_t virt_to_phys(const void *address)
{
	return (paddr_t)((vaddr_t)address - DIRECT_MAP_BASE);
}

extern char __kernel_start[], __text_start[], __text_end[], __rodata_start[], __rodata_end[],
	__data_start[], __data_end[], __bss_start[], __bss_end[], __kernel_end[];

#endif
