/* SPDX-License-Identifier: MIT */
/*
 * ACPI 6.4, as far as a kernel without AML needs it: RSDP (5.2.5), RSDT and XSDT (5.2.7, 5.2.8),
 * MADT (5.2.12), HPET (IA-PC HPET specification 1.0a, 3.2.4). Tables are read once, with their
 * checksums; nothing in them is believed beyond its table's length. Without tables: one CPU, the
 * APICs at their usual places.
 */
#include "arch/acpi.h"

#include "arch/layout.h"
#include "base/boot_info.h"
#include "base/printk.h"
#include "lib/string.h"
#include "lib/util.h"

#define BOOT_MAP_END (4UL << 30) /* what the boot page table maps */

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
	/* from revision 2 on */
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum, reserved[3];
} __attribute__((packed));

struct table {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[26];
} __attribute__((packed));

struct madt {
	struct table header;
	uint32_t lapic, flags;
} __attribute__((packed));

enum madt_kind { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_LAPIC_ADDRESS = 5 };

/* One entry of the MADT; which member holds is said by `kind`. */
struct madt_entry {
	uint8_t kind, length;
	union {
		struct {
			uint8_t processor, apic_id;
			uint32_t flags;
		} __attribute__((packed)) lapic;
		struct {
			uint8_t id, reserved;
			uint32_t address, first_input;
		} __attribute__((packed)) ioapic;
		struct {
			uint8_t bus, irq;
			uint32_t input;
			uint16_t flags;
		} __attribute__((packed)) override;
		struct {
			uint16_t reserved;
			uint64_t address;
		} __attribute__((packed)) lapic_address;
	};
} __attribute__((packed));

#define LAPIC_ENABLED       (1U << 0)
#define OVERRIDE_POLARITY   0x3
#define OVERRIDE_ACTIVE_LOW 0x3
#define OVERRIDE_TRIGGER    0xc
#define OVERRIDE_LEVEL      0xc

struct hpet_table {
	struct table header;
	uint32_t id;
	uint8_t address_space, width, offset, access;
	uint64_t address;
} __attribute__((packed));

struct acpi_info acpi_info = {.lapic = 0xfee00000, .ioapic = 0xfec00000};

static bool checksum_ok(const void *start, size_t bytes)
{
	const uint8_t *byte = start;
	uint8_t sum = 0;

	for (size_t i = 0; i < bytes; i++)
		sum += byte[i];
	return sum == 0;
}

static const struct rsdp *find_rsdp_in(paddr_t start, paddr_t end)
{
	for (paddr_t at = start; at + sizeof(struct rsdp) <= end; at += 16) {
		const struct rsdp *rsdp = phys_to_virt(at);

		if (memcmp(rsdp->signature, "RSD PTR ", 8) == 0 && checksum_ok(rsdp, 20))
			return rsdp;
	}
	return NULL;
}

/* Told by the loader, or in the first KiB of the extended BIOS data area, or in the BIOS's ROM. */
static const struct rsdp *find_rsdp(void)
{
	const struct rsdp *rsdp = NULL;
	paddr_t ebda = (paddr_t) * (uint16_t *)phys_to_virt(0x40e) << 4;

	if (boot_info.rsdp)
		rsdp = find_rsdp_in(boot_info.rsdp, boot_info.rsdp + sizeof(*rsdp));
	if (!rsdp && ebda)
		rsdp = find_rsdp_in(ebda, ebda + 1024);
	if (!rsdp)
		rsdp = find_rsdp_in(0xe0000, 0x100000);
	return rsdp;
}

/* A table that is mapped and whole, or NULL. */
static const struct table *table_at(paddr_t address)
{
	const struct table *table = phys_to_virt(address);

	if (address == 0 || address + sizeof(*table) > BOOT_MAP_END)
		return NULL;
	if (table->length < sizeof(*table) || address + table->length > BOOT_MAP_END)
		return NULL;
	return checksum_ok(table, table->length) ? table : NULL;
}

/* The table of this signature, at least `size` bytes long, or NULL. */
static const void *find_table(const struct rsdp *rsdp, const char *signature, size_t size)
{
	bool wide = rsdp->revision >= 2 && rsdp->xsdt;
	const struct table *root = table_at(wide ? rsdp->xsdt : rsdp->rsdt);
	size_t entry_size = wide ? 8 : 4;

	if (!root)
		return NULL;
	for (size_t at = sizeof(*root); at + entry_size <= root->length; at += entry_size) {
		paddr_t address = 0;

		memcpy(&address, (const char *)root + at, entry_size);
		const struct table *table = table_at(address);
		if (table && memcmp(table->signature, signature, 4) == 0 && table->length >= size)
			return table;
	}
	return NULL;
}

static void read_lapic(uint32_t apic_id, uint32_t flags)
{
	if (!(flags & LAPIC_ENABLED))
		return;
	if (acpi_info.cpu_count == MAX_CPUS) {
		printk("acpi: more than %u CPUs, the rest stays off\n", MAX_CPUS);
		return;
	}
	acpi_info.apic_ids[acpi_info.cpu_count++] = apic_id;
}

static void read_madt_entry(const struct madt_entry *entry)
{
	struct acpi_override *override = &acpi_info.overrides[acpi_info.override_count];

	switch (entry->kind) {
	case MADT_LAPIC:
		read_lapic(entry->lapic.apic_id, entry->lapic.flags);
		break;
	case MADT_IOAPIC:
		if (entry->ioapic.first_input == 0)
			acpi_info.ioapic = entry->ioapic.address;
		break;
	case MADT_OVERRIDE:
		if (acpi_info.override_count == ARRAY_SIZE(acpi_info.overrides))
			break;
		override->irq = entry->override.irq;
		override->input = entry->override.input;
		override->active_low = (entry->override.flags & OVERRIDE_POLARITY) ==
				       OVERRIDE_ACTIVE_LOW;
		override->level = (entry->override.flags & OVERRIDE_TRIGGER) == OVERRIDE_LEVEL;
		acpi_info.override_count++;
		break;
	case MADT_LAPIC_ADDRESS:
		acpi_info.lapic = entry->lapic_address.address;
		break;
	}
}

static void read_madt(const struct madt *madt)
{
	const char *at = (const char *)(madt + 1);
	const char *end = (const char *)madt + madt->header.length;

	acpi_info.lapic = madt->lapic;
	while (end - at >= 2) {
		const struct madt_entry *entry = (const struct madt_entry *)at;

		if (entry->length < 2 || entry->length > end - at)
			break;
		read_madt_entry(entry);
		at += entry->length;
	}
}

void acpi_init(void)
{
	const struct rsdp *rsdp = find_rsdp();
	const struct madt *madt = rsdp ? find_table(rsdp, "APIC", sizeof(*madt)) : NULL;
	const struct hpet_table *hpet = rsdp ? find_table(rsdp, "HPET", sizeof(*hpet)) : NULL;

	if (madt)
		read_madt(madt);
	else
		printk("acpi: no list of CPUs, using only this one\n");
	if (hpet && hpet->address_space == 0)
		acpi_info.hpet = hpet->address;
}

struct acpi_override acpi_isa_route(unsigned irq)
{
	for (unsigned i = 0; i < acpi_info.override_count; i++)
		if (acpi_info.overrides[i].irq == irq)
			return acpi_info.overrides[i];
	return (struct acpi_override){.irq = irq, .input = irq};
}
