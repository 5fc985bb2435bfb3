/* SPDX-License-Identifier: MIT */
/*
 * Enough of the machine to run kernel code that is pure logic as a program of the host: RAM is an
 * array, CPUs are a number that the test sets, locks only check that they are used in pairs, and a
 * panic is either awaited (PANICS) or ends the test. Included before anything of the kernel.
 */
#ifndef TESTS_HOST_KERNEL_SHIM_H
#define TESTS_HOST_KERNEL_SHIM_H

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/types.h"

/* ---- arch/layout.h: physical address n is ram[n] ---- */

#define ARCH_LAYOUT_H
#define RAM_SIZE          (48UL << 20)
#define IMAGE_END         (2UL << 20)
#define USER_TOP          0x00007ffffffff000UL
#define USER_MIN          0x10000UL
#define DIRECT_MAP_SIZE   (1UL << 43)
#define KERNEL_IMAGE_BASE ((vaddr_t)__kernel_end - IMAGE_END)

static char ram[RAM_SIZE] __attribute__((aligned(4096)));
static char __kernel_end[1];

static inline void *phys_to_virt(paddr_t physical)
{
	assert(physical < RAM_SIZE);
	return ram + physical;
}

static inline paddr_t virt_to_phys(const void *address)
{
	assert((const char *)address >= ram && (const char *)address < ram + RAM_SIZE);
	return (paddr_t)((const char *)address - ram);
}

/* ---- arch/irq.h, arch/cpu.h ---- */

#define ARCH_IRQ_H
#define ARCH_CPU_H

struct page_table;
struct thread;
#define current ((struct thread *)NULL)

struct cpu {
	unsigned id;
	struct page_table *page_table;
};
static struct cpu shim_cpu;
static unsigned shim_irqs_off;
#define SHIM_CPUS 4

static inline uint64_t irq_save(void)
{
	return shim_irqs_off++;
}

static inline void irq_restore(uint64_t flags)
{
	shim_irqs_off = (unsigned)flags;
}

static inline void cpu_relax(void)
{
	assert(!"nobody else is there to wait for");
}

static inline struct cpu *this_cpu(void)
{
	assert(shim_irqs_off > 0);
	return &shim_cpu;
}

static inline unsigned cpu_count(void)
{
	return SHIM_CPUS;
}

/* ---- base ---- */

static jmp_buf shim_panic;
static bool shim_panic_awaited;

__attribute__((noreturn, format(printf, 3, 4))) void panic_at(const char *file, int line,
							      const char *format, ...);
void panic_at(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	if (shim_panic_awaited)
		longjmp(shim_panic, 1);
	fprintf(stderr, "panic at %s:%d: ", file, line);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	abort();
}

/* Does the statement panic? What it held stays as it was: for the end of a test. */
#define PANICS(statement)                               \
	({                                              \
		shim_panic_awaited = true;              \
		bool panics_ = setjmp(shim_panic) != 0; \
		if (!panics_)                           \
			statement;                      \
		shim_panic_awaited = false;             \
		panics_;                                \
	})

#include "base/spinlock.h"

void spin_init(struct spinlock *lock, const char *name, enum lock_rank rank)
{
	*lock = (struct spinlock)SPINLOCK_INIT(name, rank);
}

void spin_lock(struct spinlock *lock)
{
	assert(lock->next++ == lock->serving);
}

void spin_unlock(struct spinlock *lock)
{
	assert(lock->next == (uint16_t)(lock->serving + 1));
	lock->serving++;
}

void spin_lock_irqs_off(struct spinlock *lock)
{
	spin_lock(lock);
}

void spin_unlock_irqs_off(struct spinlock *lock)
{
	spin_unlock(lock);
}

uint64_t spin_lock_irq_save(struct spinlock *lock)
{
	uint64_t flags = irq_save();

	spin_lock(lock);
	return flags;
}

void spin_unlock_irq_restore(struct spinlock *lock, uint64_t flags)
{
	spin_unlock(lock);
	irq_restore(flags);
}

bool spin_held(const struct spinlock *lock)
{
	return lock->next != lock->serving;
}

#endif
