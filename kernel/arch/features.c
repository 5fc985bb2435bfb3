/* SPDX-License-Identifier: MIT */
/*
 * CPUID: what the CPU can do and what it is called. Intel SDM vol. 2, CPUID; AMD APM vol. 3, E.
 */
#include "arch/features.h"

#include "arch/cpu.h"
#include "arch/regs.h"
#include "arch/smp.h"
#include "lib/string.h"
#include "lib/util.h"

struct cpu_features cpu_features;

static char vendor[13];
static char model_name[49];
/* An APIC number is package | core | hardware thread; where the fields begin. */
static unsigned core_shift, package_shift;

/* A place in the text where SMAP's instructions belong: kernel/arch/smap.inc. */
struct smap_site {
	uint8_t *code;
	uint64_t last_byte;
};
extern const struct smap_site __smap_sites_start[], __smap_sites_end[];

static void read_names(void)
{
	struct cpuid r = cpuid(0, 0);

	memcpy(vendor, &r.ebx, 4);
	memcpy(vendor + 4, &r.edx, 4);
	memcpy(vendor + 8, &r.ecx, 4);

	if (cpuid(0x80000000, 0).eax < 0x80000004) {
		strlcpy(model_name, "unnamed x86-64", sizeof(model_name));
		return;
	}
	for (unsigned i = 0; i < 3; i++) {
		r = cpuid(0x80000002 + i, 0);
		memcpy(model_name + 16 * i, &r, 16);
	}
	/* Some pad on the left. */
	size_t blanks = strspn(model_name, " ");
	memmove(model_name, model_name + blanks, sizeof(model_name) - blanks);
}

/* Leaf 0xb: level 0 is the hardware threads of a core, the last valid level the whole package. */
static void read_topology(void)
{
	if (cpu_features.max_leaf < 0xb)
		return;
	for (unsigned level = 0; level < 8; level++) {
		struct cpuid r = cpuid(0xb, level);
		unsigned kind = r.ecx >> 8 & 0xff;

		if (kind == 0)
			break;
		if (level == 0)
			core_shift = r.eax & 0x1f;
		package_shift = r.eax & 0x1f;
	}
}

void features_read(void)
{
	struct cpuid basic = cpuid(1, 0);
	struct cpuid extended = {0};

	cpu_features.max_leaf = cpuid(0, 0).eax;
	if (cpu_features.max_leaf >= 7)
		extended = cpuid(7, 0);
	cpu_features.global_pages = basic.edx & BIT(13);
	cpu_features.xsave = basic.ecx & BIT(26);
	cpu_features.rdrand = basic.ecx & BIT(30);
	cpu_features.smep = extended.ebx & BIT(7);
	cpu_features.smap = extended.ebx & BIT(20);
	cpu_features.umip = extended.ecx & BIT(2);
	read_names();
	read_topology();
}

void features_enable(void)
{
	uint64_t cr4 = (read_cr4() & ~CR4_FSGSBASE) | CR4_MCE;

	if (cpu_features.smep)
		cr4 |= CR4_SMEP;
	if (cpu_features.smap)
		cr4 |= CR4_SMAP;
	if (cpu_features.umip)
		cr4 |= CR4_UMIP;
	if (cpu_features.global_pages)
		cr4 |= CR4_PGE;
	write_cr4(cr4);
	/* AM: a user's AC flag means alignment checks, as programs may expect (SDM vol. 3, 6.15,
	 * #AC). */
	write_cr0(read_cr0() | CR0_WP | CR0_AM);
}

void features_patch_smap(void)
{
	if (!cpu_features.smap)
		return;
	for (const struct smap_site *site = __smap_sites_start; site < __smap_sites_end; site++) {
		site->code[0] = 0x0f;
		site->code[1] = 0x01;
		site->code[2] = (uint8_t)site->last_byte;
	}
}

void cpu_topology(unsigned id, struct cpu_topology *topology)
{
	uint32_t apic_id = cpu_by_id(id)->apic_id;

	topology->hardware_thread = apic_id & ((1U << core_shift) - 1);
	topology->core = (apic_id & ((1U << package_shift) - 1)) >> core_shift;
	topology->package = apic_id >> package_shift;
}

const char *cpu_vendor(void)
{
	return vendor;
}

const char *cpu_model_name(void)
{
	return model_name;
}
