/* SPDX-License-Identifier: MIT */
/* Builds and loads the tables of gdt.h. SDM vol. 3, 3.4.5 (descriptors), 8.2.3 (TSS descriptor). */
#include "arch/gdt.h"

#include "arch/cpu.h"
#include "arch/regs.h"
#include "arch/trap.h"
#include "lib/util.h"

/* Present, S=1, the base 0 and (for the record, nobody looks at it in 64-bit mode) the limit 4
 * GiB. */
#define DESC_KERNEL_CODE 0x00af9b000000ffffUL
#define DESC_KERNEL_DATA 0x00cf93000000ffffUL
#define DESC_USER_DATA   0x00cff3000000ffffUL
#define DESC_USER_CODE   0x00affb000000ffffUL
#define SEL_TSS          0x38

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

static void fill_gdt(struct cpu_tables *tables)
{
	uint64_t tss = (uint64_t)&tables->tss;

	tables->gdt[SEL_KERNEL_CODE / 8] = DESC_KERNEL_CODE;
	tables->gdt[SEL_KERNEL_DATA / 8] = DESC_KERNEL_DATA;
	tables->gdt[SEL_USER_DATA / 8] = DESC_USER_DATA;
	tables->gdt[SEL_USER_CODE / 8] = DESC_USER_CODE;
	/* 64-bit TSS, available, present: 16 bytes with the base in pieces. */
	tables->gdt[SEL_TSS / 8] = (sizeof(struct tss) - 1) | (tss & 0xffffff) << 16 |
				   0x89UL << 40 | (tss >> 24 & 0xff) << 56;
	tables->gdt[SEL_TSS / 8 + 1] = tss >> 32;
}

static void fill_tss(struct cpu_tables *tables, struct cpu *cpu)
{
	for (unsigned i = 0; i < IST_COUNT; i++) {
		uint64_t *end = (uint64_t *)(tables->ist_stacks[i] + IST_STACK_SIZE);

		end[-1] = (uint64_t)cpu;
		tables->tss.ist[i] = (uint64_t)&end[-2]; /* 16-byte aligned */
	}
	tables->tss.io_map = sizeof(struct tss);
}

void gdt_load(struct cpu *cpu)
{
	struct cpu_tables *tables = cpu->tables;
	struct table_pointer pointer = {sizeof(tables->gdt) - 1, (uint64_t)tables->gdt};

	STATIC_ASSERT(sizeof(struct tss) == 104);
	fill_gdt(tables);
	fill_tss(tables, cpu);
	__asm__ volatile("lgdt %0" ::"m"(pointer));
	/* CS has the boot GDT's 0x08, the same selector: a far return makes the CPU read the new
	 * one. */
	__asm__ volatile("pushq %0\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:" ::"i"(SEL_KERNEL_CODE)
			 : "rax", "memory");
	__asm__ volatile("movw %w0, %%ss" ::"r"(SEL_KERNEL_DATA));
	__asm__ volatile("movw %w0, %%ds; movw %w0, %%es; movw %w0, %%fs; movw %w0, %%gs" ::"r"(0));
	__asm__ volatile("ltr %w0" ::"r"(SEL_TSS));
	/* After reset the LDT is the first 64 KiB of memory: a program could map descriptors of its
	 * own there. There is none. */
	__asm__ volatile("lldt %w0" ::"r"(0));
	wrmsr(MSR_FS_BASE, 0);
	wrmsr(MSR_GS_BASE, (uint64_t)cpu);
	wrmsr(MSR_KERNEL_GS_BASE, 0); /* the user's GS base: always 0 */
}

void tss_set_kernel_stack(struct cpu *cpu, vaddr_t top)
{
	cpu->tables->tss.rsp[0] = top;
}
