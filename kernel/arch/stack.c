/* SPDX-License-Identifier: MIT */
/* The stacks of a CPU, and the return addresses in entry.asm above which a trap frame lies. */
#include "arch/stack.h"

#include "arch/cpu.h"
#include "arch/gdt.h"
#include "mm/kstack.h"

extern const char syscall_return[], trap_return[], work_return[], ist_return[];
extern const char boot_stack[], boot_stack_top[];

static bool within(uint64_t address, uint64_t low, uint64_t high)
{
	return address >= low && address < high;
}

void stack_bounds(const struct cpu *cpu, uint64_t address, uint64_t *low, uint64_t *high)
{
	uint64_t ist = (uint64_t)cpu->tables->ist_stacks;
	uint64_t ist_end = ist + sizeof(cpu->tables->ist_stacks);

	*low = *high = 0;
	if (within(address, cpu->kernel_stack_top - KSTACK_SIZE, cpu->kernel_stack_top)) {
		*high = cpu->kernel_stack_top;
		*low = *high - KSTACK_SIZE;
	} else if (within(address, (uint64_t)boot_stack, (uint64_t)boot_stack_top)) {
		*low = (uint64_t)boot_stack;
		*high = (uint64_t)boot_stack_top;
	} else if (within(address, ist, ist_end)) {
		*low = address & ~(uint64_t)(IST_STACK_SIZE - 1);
		*high = *low + IST_STACK_SIZE;
	}
}

bool stack_is_trap_return(uint64_t rip)
{
	return rip == (uint64_t)syscall_return || rip == (uint64_t)trap_return ||
	       rip == (uint64_t)work_return || rip == (uint64_t)ist_return;
}
