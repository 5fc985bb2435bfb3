/* SPDX-License-Identifier: MIT */
/*
 * The array of struct cpu, and what has to be set in a CPU before it can run the kernel. cpus[0]
 * is the boot CPU; smp.c fills in the others, one after the other.
 */
#include "arch/cpu.h"

#include "arch/acpi.h"
#include "arch/boot.h"
#include "arch/cpu_setup.h"
#include "arch/features.h"
#include "arch/fpu.h"
#include "arch/gdt.h"
#include "arch/power.h"
#include "arch/regs.h"
#include "arch/trap.h"
#include "base/assert.h"
#include "base/boot_info.h"
#include "base/printk.h"
#include "lib/util.h"

STATIC_ASSERT(offsetof(struct cpu, self) == 0);
STATIC_ASSERT(offsetof(struct cpu, current_thread) == 8);
STATIC_ASSERT(offsetof(struct cpu, preempt_count) == 32);
STATIC_ASSERT(offsetof(struct cpu, need_resched) == 40);
STATIC_ASSERT(offsetof(struct cpu, page_table) == 48);
STATIC_ASSERT(offsetof(struct cpu, kept) == 80);
STATIC_ASSERT(offsetof(struct cpu, run_queue) == 152);

/* Image, initrd, and room to run something. */
#define MEMORY_MIN (15UL << 20)

extern char boot_stack_top[];
extern void syscall_entry(void);

static struct cpu cpus[MAX_CPUS];
static struct cpu_tables boot_tables;
/* release by each CPU when it is up; acquire by readers, who then look at cpus[] */
static _Atomic unsigned count = 1;

unsigned cpu_count(void)
{
	return atomic_load_explicit(&count, memory_order_acquire);
}

struct cpu *cpu_by_id(unsigned id)
{
	ASSERT(id < MAX_CPUS);
	return &cpus[id];
}

void cpu_publish(unsigned id)
{
	ASSERT(id == cpu_count());
	atomic_store_explicit(&count, id + 1, memory_order_release);
}

void cpu_assert_pinned(void)
{
	if (preempt_count() == 0 && irqs_enabled() && !panicking())
		panic("this_cpu() used where the thread may move to another CPU");
}

void cpu_set_current(struct thread *thread, vaddr_t stack_top)
{
	struct cpu *cpu = cpu_self_unchecked();

	cpu->current_thread = thread;
	cpu->kernel_stack_top = stack_top;
	tss_set_kernel_stack(cpu, stack_top);
}

/* SDM vol. 3, 5.8.8. */
static void enable_syscall(void)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
	/* SYSCALL loads CS and SS from bits 47:32 and the next selector, SYSRET CS from bits 63:48
	 * plus 16 and SS from them plus 8. */
	STATIC_ASSERT(SEL_KERNEL_DATA == SEL_KERNEL_CODE + 8);
	STATIC_ASSERT(SEL_USER_CODE == SEL_USER_DATA + 8);
	wrmsr(MSR_STAR, (uint64_t)(SEL_USER_DATA - 8) << 48 | (uint64_t)SEL_KERNEL_CODE << 32);
	wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
	wrmsr(MSR_SFMASK, RFLAGS_IF | RFLAGS_TF | RFLAGS_DF | RFLAGS_AC | RFLAGS_NT);
}

void cpu_setup(struct cpu *cpu)
{
	cpu->self = cpu;
	gdt_load(cpu);
	idt_load();
	features_enable();
	enable_syscall();
}

static uint64_t usable_memory(void)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < boot_info.range_count; i++)
		if (boot_info.ranges[i].kind == MEMORY_USABLE)
			bytes += boot_info.ranges[i].end - boot_info.ranges[i].start;
	return bytes;
}

static void read_boot_information(void)
{
	if (!multiboot2_read(boot_information) && !pvh_read(boot_information)) {
		printk("\nTarae: started by a loader that speaks neither Multiboot2 nor PVH.\n");
		machine_end(END_PANIC);
	}
	if (usable_memory() < MEMORY_MIN) {
		printk("\nTarae: too little memory: %lu MiB, and it needs %lu.\n",
		       usable_memory() >> 20, MEMORY_MIN >> 20);
		machine_end(END_PANIC);
	}
	printk_set_quiet(boot_option("quiet", NULL, 0));
}

void cpu_init_boot(void)
{
	struct cpu *cpu = &cpus[0];

	cpu->tables = &boot_tables;
	cpu->kernel_stack_top = (vaddr_t)boot_stack_top;
	features_read();
	features_patch_smap();
	idt_fill();
	cpu_setup(cpu);
	fpu_init();
	early_serial_init();
	read_boot_information();
	acpi_init();
}
