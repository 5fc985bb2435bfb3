/* SPDX-License-Identifier: MIT */
/* QEMU's -kernel: Xen's x86/HVM direct boot ABI, xen/include/public/arch-x86/hvm/start_info.h. */
#include "arch/boot.h"
#include "arch/layout.h"
#include "base/boot_info.h"
#include "lib/string.h"

#define PVH_MAGIC 0x336ec578

struct start_info {
	uint32_t magic, version, flags, module_count;
	uint64_t modules, command_line, rsdp;
	/* from version 1 on */
	uint64_t memory_map;
	uint32_t memory_map_count, reserved;
};

struct module {
	uint64_t start, size, command_line, reserved;
};

struct map_entry {
	uint64_t start, size;
	uint32_t kind, reserved; /* kinds are enum memory_kind's */
};

bool pvh_read(paddr_t information)
{
	const struct start_info *info = phys_to_virt(information);
	const struct map_entry *map;

	if (info->magic != PVH_MAGIC || info->version < 1)
		return false;
	boot_info.loader = "PVH";
	boot_info.rsdp = info->rsdp;
	if (info->command_line)
		strlcpy(boot_info.command_line, phys_to_virt(info->command_line),
			sizeof(boot_info.command_line));
	if (info->module_count > 0) {
		const struct module *module = phys_to_virt(info->modules);

		boot_info.initrd_start = module->start;
		boot_info.initrd_end = module->start + module->size;
	}
	map = phys_to_virt(info->memory_map);
	for (uint32_t i = 0; i < info->memory_map_count; i++)
		boot_info_add_range(map[i].start, map[i].start + map[i].size, map[i].kind);
	return true;
}
