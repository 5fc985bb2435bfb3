/* SPDX-License-Identifier: MIT */
/* GRUB's boot information: Multiboot2 specification 2.0, 3.6. A list of tags, each 8-byte
 * aligned. */
#include "arch/boot.h"
#include "arch/layout.h"
#include "base/boot_info.h"
#include "lib/string.h"
#include "lib/util.h"
#include "lib/vsnprintf.h"

enum tag_kind {
	TAG_END = 0,
	TAG_COMMAND_LINE = 1,
	TAG_LOADER_NAME = 2,
	TAG_MODULE = 3,
	TAG_MEMORY_MAP = 6,
	TAG_RSDP_OLD = 14,
	TAG_RSDP_NEW = 15,
};

struct tag {
	uint32_t kind, size; /* the size includes this header */
};

struct information {
	uint32_t total_size, reserved;
	struct tag first;
};

struct tag_module {
	struct tag tag;
	uint32_t start, end;
};

struct tag_memory_map {
	struct tag tag;
	uint32_t entry_size, entry_version;
};

struct map_entry {
	uint64_t start, length;
	uint32_t kind, reserved; /* kinds are enum memory_kind's */
};

/* The loader's copy of the RSDP goes with its information, so keep one of our own. */
static uint8_t rsdp_copy[36] __attribute__((aligned(16)));

static void read_memory_map(const struct tag_memory_map *map)
{
	const char *at = (const char *)(map + 1);
	const char *end = (const char *)map + map->tag.size;

	if (map->entry_size < sizeof(struct map_entry))
		return;
	for (; end - at >= (ptrdiff_t)map->entry_size; at += map->entry_size) {
		const struct map_entry *entry = (const struct map_entry *)at;

		boot_info_add_range(entry->start, entry->start + entry->length, entry->kind);
	}
}

static void read_rsdp(const struct tag *tag)
{
	memcpy(rsdp_copy, tag + 1, MIN(sizeof(rsdp_copy), tag->size - sizeof(*tag)));
	boot_info.rsdp = (vaddr_t)rsdp_copy - KERNEL_IMAGE_BASE;
}

static void read_tag(const struct tag *tag)
{
	static char loader[64];
	const struct tag_module *module = (const struct tag_module *)tag;
	const char *text = (const char *)(tag + 1);

	switch (tag->kind) {
	case TAG_COMMAND_LINE:
		strlcpy(boot_info.command_line, text, sizeof(boot_info.command_line));
		break;
	case TAG_LOADER_NAME:
		snprintf(loader, sizeof(loader), "%s (Multiboot2)", text);
		boot_info.loader = loader;
		break;
	case TAG_MODULE:
		if (boot_info.initrd_end == 0) {
			boot_info.initrd_start = module->start;
			boot_info.initrd_end = module->end;
		}
		break;
	case TAG_MEMORY_MAP:
		read_memory_map((const struct tag_memory_map *)tag);
		break;
	case TAG_RSDP_OLD:
	case TAG_RSDP_NEW:
		read_rsdp(tag);
		break;
	}
}

bool multiboot2_read(paddr_t information)
{
	const struct information *info = phys_to_virt(information);
	const char *end = (const char *)info + info->total_size;
	const struct tag *tag = &info->first;

	if (boot_magic != MULTIBOOT2_MAGIC)
		return false;
	boot_info.loader = "Multiboot2";
	while ((const char *)(tag + 1) <= end && tag->kind != TAG_END &&
	       tag->size >= sizeof(*tag)) {
		read_tag(tag);
		tag = (const struct tag *)((const char *)tag + ALIGN_UP(tag->size, 8));
	}
	return true;
}
