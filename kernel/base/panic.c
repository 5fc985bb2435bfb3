/* SPDX-License-Identifier: MIT */
/*
 * The end of a machine that found itself wrong: one CPU claims the panic, stops the others and
 * prints the page; another that panics meanwhile parks. The page is printed in stages. A stage
 * that itself panics (it walks structures that may be broken) is left, and the next one goes on:
 * nothing here recurs without end, and nothing ends silently.
 */
#include "arch/power.h"
#include "arch/smp.h"
#include "arch/stack.h"
#include "arch/trap.h"
#include "arch/upcall.h"
#include "base/assert.h"
#include "base/boot_info.h"
#include "base/printk.h"
#include "base/spinlock.h"
#include "base/symbols.h"
#include "lib/string.h"
#include "lib/vsnprintf.h"

#define NOBODY UINT32_MAX

_Atomic bool panic_in_progress;

static _Atomic uint32_t owner = NOBODY; /* the CPU that panics */
/* [owner] */
static char text[384];
static char place[96]; /* file and line, or nothing */
static bool have_frame;
static struct trap_frame frame;
static struct kept_registers kept; /* without a frame */
static uint64_t start_rip, start_rbp;
static struct panic_reporter *reporters, *next_reporter;
static void (*print_subject_of)(const struct cpu *cpu); /* const after boot */

void panic_add_reporter(struct panic_reporter *reporter)
{
	struct panic_reporter **at = &reporters;

	while (*at)
		at = &(*at)->next;
	reporter->next = NULL;
	*at = reporter;
}

void panic_set_subject(void (*print)(const struct cpu *cpu))
{
	print_subject_of = print;
}

/* ---- Stages ---- */

static void stop_others(void)
{
	smp_stop_others();
	/* Only now: locks stop to protect anything. */
	atomic_store(&panic_in_progress, true);
}

static void print_head(void)
{
	printk("\n*** Kernel panic on CPU %u: %s\n", cpu_self_unchecked()->id, text);
	if (place[0])
		printk("    at %s\n", place);
}

static void print_subject(void)
{
	if (print_subject_of)
		print_subject_of(cpu_self_unchecked());
}

static void print_kept_registers(void)
{
	printk("Registers, where panic() was called:\n");
	printk("  rip %016lx  rsp %016lx  flags %lx\n", kept.rip, kept.rsp, kept.rflags);
	printk("  rbx %016lx  rbp %016lx  r12 %016lx\n", kept.rbx, kept.rbp, kept.r12);
	printk("  r13 %016lx  r14 %016lx  r15 %016lx\n", kept.r13, kept.r14, kept.r15);
}

static void print_registers(void)
{
	const struct trap_frame *f = &frame;

	if (!have_frame) {
		print_kept_registers();
		return;
	}
	printk("Registers, %s mode, vector %lu, error code %#lx:\n",
	       trap_from_user(f) ? "user" : "kernel", f->vector, f->orig_rax);
	printk("  rip %016lx  rsp %016lx  flags %lx  cs %lx  ss %lx\n", f->rip, f->rsp, f->rflags,
	       f->cs, f->ss);
	printk("  rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n", f->rax, f->rbx, f->rcx,
	       f->rdx);
	printk("  rsi %016lx  rdi %016lx  rbp %016lx  r8  %016lx\n", f->rsi, f->rdi, f->rbp, f->r8);
	printk("  r9  %016lx  r10 %016lx  r11 %016lx  r12 %016lx\n", f->r9, f->r10, f->r11, f->r12);
	printk("  r13 %016lx  r14 %016lx  r15 %016lx\n", f->r13, f->r14, f->r15);
}

static void print_backtrace(void)
{
	bool returned = !have_frame;
	uint64_t low, high;
	size_t offset;

	if (have_frame && trap_from_user(&frame))
		return;
	printk("Backtrace:\n");
	stack_bounds(cpu_self_unchecked(), start_rbp, &low, &high);
	if (have_frame && !symbol_lookup(start_rip, &offset) && frame.rsp >= low &&
	    frame.rsp < high) {
		/* A call of what is no function has only pushed the return address. */
		printk("  %016lx  is no code; called from\n", start_rip);
		start_rip = *(uint64_t *)frame.rsp;
		returned = true;
	}
	backtrace_print(start_rip, returned, start_rbp, low, high);
}

static void print_other_cpus(void)
{
	uint64_t low, high;

	for (unsigned id = 0; id < cpu_count(); id++) {
		const struct trap_frame *f = smp_stopped_at(id);

		if (!f)
			continue;
		printk("CPU %u was stopped in %s mode, rip %#lx:\n", id,
		       trap_from_user(f) ? "user" : "kernel", f->rip);
		if (print_subject_of)
			print_subject_of(cpu_by_id(id));
		if (trap_from_user(f))
			continue;
		stack_bounds(cpu_by_id(id), f->rbp, &low, &high);
		backtrace_print(f->rip, false, f->rbp, low, high);
	}
}

static void print_locks(void)
{
	for (unsigned id = 0; id < cpu_count(); id++)
		spin_print_held(cpu_by_id(id));
}

static void run_reporters(void)
{
	while (next_reporter) {
		struct panic_reporter *reporter = next_reporter;

		next_reporter = reporter->next; /* first: the report may panic */
		printk("%s:\n", reporter->title);
		reporter->report();
	}
}

static void print_command_line(void)
{
	printk("Command line: %s\n", boot_info.command_line);
}

static void report_to_host(void)
{
	report("panic %s", text);
}

static void (*const stages[])(void) = {
	stop_others,      print_head,  print_subject, print_registers,    print_backtrace,
	print_other_cpus, print_locks, run_reporters, print_command_line, report_to_host,
};
static unsigned stage; /* the next one */

static _Noreturn void run_stages(void)
{
	while (stage < sizeof(stages) / sizeof(stages[0])) {
		void (*run)(void) = stages[stage];

		/* Reporters come back to their own stage until all had their turn. */
		if (run != run_reporters || !next_reporter)
			stage++;
		run();
	}
	machine_end(END_PANIC);
}

/* ---- Entry ---- */

/* True: this CPU owns the panic and this is its first. False: a panic within the panic. Does not
 * return on a CPU that comes second. */
static bool claim(const struct trap_frame *here)
{
	uint32_t nobody = NOBODY;
	uint32_t self = cpu_self_unchecked()->id;

	irq_disable();
	if (atomic_compare_exchange_strong(&owner, &nobody, self))
		return true;
	if (nobody != self)
		smp_park(here);
	return false;
}

static void print_nested(const char *format, va_list arguments)
{
	printk("\n(panic within the panic: ");
	vprintk(format, arguments);
	printk(")\n");
}

void upcall_panic(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (claim(NULL)) {
		vsnprintf(text, sizeof(text), format, arguments);
		snprintf(place, sizeof(place), "%s:%d", file, line);
		kept = cpu_self_unchecked()->kept;
		start_rip = kept.rip;
		start_rbp = kept.rbp;
		next_reporter = reporters;
	} else {
		print_nested(format, arguments);
	}
	va_end(arguments);
	run_stages();
}

void panic_trap(const struct trap_frame *trap_frame, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (claim(trap_frame)) {
		vsnprintf(text, sizeof(text), format, arguments);
		frame = *trap_frame;
		have_frame = true;
		start_rip = frame.rip;
		start_rbp = frame.rbp;
		next_reporter = reporters;
	} else {
		print_nested(format, arguments);
	}
	va_end(arguments);
	run_stages();
}
