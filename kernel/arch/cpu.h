/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU data. GS points at this CPU's struct cpu whenever the kernel runs. Only what arch and the
 * entry code need is here; other rooms keep arrays indexed by cpu->id.
 *
 * this_cpu() may be used only where the thread cannot move to another CPU: with preemption or
 * interrupts off, which checked builds assert. `current` may be used anywhere: a thread that moves
 * takes its `current` along, because the load is one instruction.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include "arch/irq.h"
#include "arch/types.h"

#include <stdatomic.h>

struct thread;
struct page_table;
struct run_queue;
/* How a struct thread begins: all that entry.asm and the layers below sched know of one. */
struct thread_head {
	_Atomic uint32_t work; /* upcall_return_to_user() has something to do */
	int tid;
};

struct cpu_tables; /* this CPU's GDT, TSS and IST stacks: gdt.c */

/* What a call keeps, as panic_entry.asm notes it. */
struct kept_registers {
	uint64_t rip, rsp, rflags, rbx, rbp, r12, r13, r14, r15;
};

struct cpu {
	/* [this CPU] The offsets of the first five are known to entry.asm through offsets.c. */
	struct cpu *self;
	struct thread *current_thread; /* `current` */
	vaddr_t kernel_stack_top;      /* of that thread; what a system call switches to */
	uint64_t user_rsp;             /* scratch of the system call entry */
	uint32_t preempt_count;        /* > 0: no switching on this CPU */
	uint32_t irq_depth;            /* > 0: in an interrupt handler */
	/* [atomic, relaxed] set by anyone (with an IPI when it is another CPU), cleared by
	 * schedule() */
	_Atomic bool need_resched;
	/* [this CPU] the page table in CR3; NULL: the kernel's own */
	struct page_table *page_table;
	/* const after the CPU is started */
	unsigned id; /* 0 … cpu_count()-1 */
	uint32_t apic_id;
	struct cpu_tables *tables;
	uint64_t timer_ticks; /* [this CPU] timer interrupts taken */
	/* [this CPU] at its last panic() */
	struct kept_registers kept;
	/* const: sched's, here because its address then takes one instruction instead of four */
	struct run_queue *run_queue;
};

/* A relaxed load and a test, which compilers make three instructions of, in two. */
static inline bool flag_is_set(const _Atomic bool *flag)
{
	bool set;
	__asm__ volatile("cmpb $0, %1" : "=@ccne"(set) : "m"(*flag));
	return set;
}

static inline struct cpu *cpu_self_unchecked(void)
{
	struct cpu *cpu;
	__asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

static inline struct thread *current_thread(void)
{
	struct thread *thread;
	__asm__ volatile("movq %%gs:8, %0" : "=r"(thread));
	return thread;
}
#define current (current_thread())

/* The number of the current thread; 0: an idle thread, or there is none yet. */
static inline int current_tid(void)
{
	const struct thread_head *head = (const struct thread_head *)current;

	return head ? head->tid : 0;
}

static inline uint32_t preempt_count(void)
{
	uint32_t count;
	__asm__ volatile("movl %%gs:32, %0" : "=r"(count)::"memory");
	return count;
}

/* One instruction each, so an interrupt (and a migration) falls before or after it. */
static inline void preempt_disable(void)
{
	__asm__ volatile("incl %%gs:32" ::: "memory");
}

/* Lowers the count and does not look at need_resched: sched.h has preempt_enable(), which does. */
static inline void preempt_enable_no_resched(void)
{
	__asm__ volatile("decl %%gs:32" ::: "memory");
}

/* The same; true: preemption is on again. */
static inline bool preempt_enable_is_last(void)
{
	bool last;
	__asm__ volatile("decl %%gs:32" : "=@ccz"(last)::"memory");
	return last;
}

/* need_resched of the CPU that we happen to be on. */
static inline bool resched_is_needed(void)
{
	bool needed;
	__asm__ volatile("cmpb $0, %%gs:40" : "=@ccne"(needed)::"memory");
	return needed;
}

/* Defined in base/assert.h's terms by cpu.c: panics where the caller could be migrated. */
void cpu_assert_pinned(void);

static inline struct cpu *this_cpu(void)
{
#if CONFIG_CHECKS
	cpu_assert_pinned();
#endif
	return cpu_self_unchecked();
}

/* this_cpu()->run_queue. */
static inline struct run_queue *this_run_queue(void)
{
	struct run_queue *queue;
#if CONFIG_CHECKS
	cpu_assert_pinned();
#endif
	__asm__ volatile("movq %%gs:152, %0" : "=r"(queue));
	return queue;
}

/* this_cpu()->page_table. */
static inline struct page_table *this_page_table(void)
{
	struct page_table *table;
#if CONFIG_CHECKS
	cpu_assert_pinned();
#endif
	__asm__ volatile("movq %%gs:48, %0" : "=r"(table));
	return table;
}

/* Makes `thread`, whose kernel stack ends at `stack_top`, the current one of this CPU: `current`,
 * the stack of system calls and of interrupts from user mode. For schedule(), just before the
 * switch; interrupts off. */
void cpu_set_current(struct thread *thread, vaddr_t stack_top);

/* Started CPUs, 1 … MAX_CPUS; grows during smp_start() only. */
unsigned cpu_count(void);
/* The CPU numbered `id` < cpu_count(). */
struct cpu *cpu_by_id(unsigned id);

/* Makes the boot CPU able to run C code that uses anything of base/: its struct cpu, GDT, TSS,
 * IDT, GS, FPU, an early console, boot_info and the firmware's tables. Called once, first of
 * all. */
void cpu_init_boot(void);

#endif
