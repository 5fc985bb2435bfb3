/* SPDX-License-Identifier: MIT */
/*
 * The kernel half of all page tables: direct map, kernel stacks, device registers, the image.
 * Built once at boot; its root entries never change after that, so that the copy of them in every
 * process's root stays right. Below the root only kernel stacks come and go. Tables of the kernel
 * half are never freed, so a walk needs no lock, and a new table is put in place by
 * compare-and-exchange.
 *
 * W^X: nothing is writable and executable, and what is executable (text) or constant (rodata) in
 * the image is not writable in the direct map either.
 *
 * Entry points: pagetable_init_kernel, mmio_map, kernel_map_page, kernel_unmap_page.
 */
#include "arch/features.h"
#include "arch/pagetable.h"
#include "arch/pte.h"
#include "arch/regs.h"
#include "base/assert.h"
#include "base/boot_info.h"
#include "lib/abi/errno.h"
#include "mm/frame.h"

#define LOW_MEMORY_END 0x100000UL

static paddr_t root;                  /* const after pagetable_init_kernel() */
static bool booting = true;           /* until then: tables come from boot_alloc() */
static vaddr_t mmio_next = MMIO_BASE; /* boot only */

paddr_t kernel_pagetable_root(void)
{
	return root;
}

/* ---- Tables ---- */

static pte_t *new_table(void)
{
	if (booting)
		return boot_alloc(PAGE_SIZE);
	struct frame *frame = frame_alloc(0, FRAME_ZERO);
	return frame ? frame_vaddr(frame) : NULL;
}

/* The table below `entry`, made if it is not there. NULL: no memory. */
static pte_t *enter_table(pte_t *entry)
{
	uint64_t value = pte_load(entry);

	if (value == 0) {
		pte_t *table = new_table();
		uint64_t new = PTE_PRESENT | PTE_WRITE;

		if (!table)
			return NULL;
		new |= virt_to_phys((void *)table);
		if (atomic_compare_exchange_strong(entry, &value, new))
			value = new;
		else
			frame_put(frame_of(new &PTE_ADDRESS)); /* another CPU was faster */
	}
	ASSERT(!(value & PTE_HUGE));
	return pte_table(value);
}

/* The entry for `address` in the table of `level`. NULL: no memory. */
static pte_t *enter(vaddr_t address, unsigned level)
{
	pte_t *table = pte_table(root);

	for (unsigned l = ROOT_LEVEL; l > level; l--) {
		table = enter_table(&table[pte_index(address, l)]);
		if (!table)
			return NULL;
	}
	return &table[pte_index(address, level)];
}

/* ---- At boot ---- */

static uint64_t global_bit(void)
{
	return cpu_features.global_pages ? PTE_GLOBAL : 0;
}

static void map_at_boot(vaddr_t address, paddr_t frame, uint64_t bits)
{
	pte_store(enter(address, 0), frame | PTE_PRESENT | global_bit() | bits);
}

static paddr_t image_paddr(const char *address)
{
	return (vaddr_t)address - KERNEL_IMAGE_BASE;
}

static bool is_read_only(paddr_t start, paddr_t end)
{
	return start < image_paddr(__rodata_end) && image_paddr(__text_start) < end;
}

/* The 2 MiB at `start` are in [.., end), and all get the same rights. */
static bool fits_huge(paddr_t start, paddr_t end)
{
	return IS_ALIGNED(start, HUGE_SIZE) && end - start >= HUGE_SIZE &&
	       !is_read_only(start, start + HUGE_SIZE);
}

/* Maps from `start` on by 2 MiB: what fits, is not mapped yet and has its entry in the table of
 * `huge`. Returns where it ended. */
static paddr_t map_huge(pte_t *huge, paddr_t start, paddr_t end)
{
	do {
		pte_store(huge++,
			  start | PTE_PRESENT | global_bit() | PTE_HUGE | PTE_WRITE | PTE_NO_EXEC);
		start += HUGE_SIZE;
	} while (pte_index((vaddr_t)phys_to_virt(start), 1) > 0 && fits_huge(start, end) &&
		 pte_load(huge) == 0);
	return start;
}

/* Ranges may touch, and even overlap. */
static void map_direct(paddr_t start, paddr_t end)
{
	while (start < end) {
		vaddr_t address = (vaddr_t)phys_to_virt(start);
		pte_t *huge = enter(address, 1);

		if (fits_huge(start, end) && pte_load(huge) == 0) {
			start = map_huge(huge, start, end);
			continue;
		}
		if (!(pte_load(huge) & PTE_HUGE))
			map_at_boot(address, start,
				    PTE_NO_EXEC |
					    (is_read_only(start, start + PAGE_SIZE) ? 0
										    : PTE_WRITE));
		start += PAGE_SIZE;
	}
}

static void map_all_ram(void)
{
	map_direct(0, LOW_MEMORY_END);
	for (size_t i = 0; i < boot_info.range_count; i++) {
		const struct memory_range *range = &boot_info.ranges[i];

		if (range->kind == MEMORY_USABLE || range->kind == MEMORY_ACPI)
			map_direct(ALIGN_DOWN(range->start, PAGE_SIZE),
				   MIN(ALIGN_UP(range->end, PAGE_SIZE), DIRECT_MAP_SIZE));
	}
}

static void map_image(const char *start, const char *end, uint64_t bits)
{
	for (vaddr_t at = (vaddr_t)start; at < (vaddr_t)end; at += PAGE_SIZE)
		map_at_boot(at, at - KERNEL_IMAGE_BASE, bits);
}

void pagetable_init_kernel(void)
{
	root = virt_to_phys(boot_alloc(PAGE_SIZE));
	map_all_ram();
	map_image(__text_start, __text_end, 0);
	map_image(__rodata_start, __rodata_end, PTE_NO_EXEC);
	map_image(__data_start, __kernel_end, PTE_WRITE | PTE_NO_EXEC);
	/* These two fill up later; their root entries must be there before the first copy. */
	enter(KSTACK_BASE, 2);
	enter(MMIO_BASE, 2);
	booting = false;
	write_cr3(root);
}

void *mmio_map(paddr_t physical, size_t bytes)
{
	paddr_t start = ALIGN_DOWN(physical, PAGE_SIZE);
	paddr_t end = ALIGN_UP(physical + bytes, PAGE_SIZE);
	vaddr_t address = mmio_next;

	for (paddr_t at = start; at < end; at += PAGE_SIZE, mmio_next += PAGE_SIZE) {
		pte_t *entry = enter(mmio_next, 0);

		if (!entry)
			panic("no memory to map device registers at %#lx", physical);
		pte_store(entry, at | PTE_PRESENT | PTE_WRITE | PTE_NO_CACHE | PTE_WRITE_THROUGH |
					 PTE_NO_EXEC | global_bit());
	}
	return (void *)(address + (physical - start));
}

/* ---- Kernel stacks ---- */

int kernel_map_page(vaddr_t address, paddr_t frame, unsigned flags)
{
	pte_t *entry = enter(address, 0);

	if (!entry)
		return -ENOMEM;
	ASSERT(pte_load(entry) == 0);
	ASSERT(!(flags & (PAGE_EXEC | PAGE_USER)));
	pte_store(entry, frame | PTE_PRESENT | PTE_NO_EXEC | global_bit() |
				 (flags & PAGE_WRITE ? PTE_WRITE : 0));
	return 0;
}

paddr_t kernel_unmap_page(vaddr_t address)
{
	pte_t *entry = enter(address, 0);
	uint64_t old = atomic_exchange(entry, 0);

	ASSERT(old & PTE_PRESENT);
	return old & PTE_ADDRESS;
}
