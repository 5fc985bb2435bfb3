/* SPDX-License-Identifier: MIT */
/* Trace events as text: what /dev/trace and the panic page show. */
#include "arch/vectors.h"
#include "base/symbols.h"
#include "base/trace.h"
#include "lib/abi/nr.h"
#include "lib/util.h"
#include "lib/vsnprintf.h"

static const char *const kind_names[TRACE_KINDS] = {
	[TRACE_NONE] = "none",
	[TRACE_SWITCH] = "switch",
	[TRACE_WAKE] = "wake",
	[TRACE_BLOCK] = "block",
	[TRACE_PREEMPT] = "preempt",
	[TRACE_MIGRATE] = "migrate",
	[TRACE_IRQ_ENTER] = "irq",
	[TRACE_IRQ_EXIT] = "irq-end",
	[TRACE_IPI] = "ipi",
	[TRACE_SYSCALL_ENTER] = "syscall",
	[TRACE_SYSCALL_EXIT] = "syscall-end",
	[TRACE_FAULT_ENTER] = "fault",
	[TRACE_FAULT_EXIT] = "fault-end",
	[TRACE_FORK] = "fork",
	[TRACE_EXEC] = "exec",
	[TRACE_EXIT] = "exit",
	[TRACE_THREAD_CREATE] = "thread",
	[TRACE_LOCK_CONTENDED] = "contended",
	[TRACE_LOCK_ACQUIRED] = "acquired",
	[TRACE_LOCK_HANDOFF] = "handoff",
};

static const char *const syscall_names[SYSCALL_NUMBER_LIMIT] = {
#define SYSCALL(number, name, kinds) [number] = #name,
#define NOSYS(number, name)          [number] = #name,
#include "lib/abi/syscall_table.h"
};

/* Indexed by enum thread_state, which is sched's. */
static const char *const state_names[] = {"new", "ready", "running", "blocked", "dead"};

/* A string constant of the kernel; everything else, as an event that was half overwritten may
 * have it, is not followed. */
static const char *constant(uint64_t address)
{
	if (address < (uint64_t)__rodata_start || address >= (uint64_t)__rodata_end)
		return "?";
	return (const char *)address;
}

static const char *syscall_name(uint64_t number)
{
	const char *name = number < SYSCALL_NUMBER_LIMIT ? syscall_names[number] : NULL;

	return name ? name : "?";
}

static const char *vector_name(uint64_t vector)
{
	switch (vector) {
	case VECTOR_TIMER:
		return "timer";
	case VECTOR_RESCHEDULE:
		return "reschedule";
	case VECTOR_TLB:
		return "tlb";
	default:
		return "device";
	}
}

/* What is special to the kind: the line's end. */
static int format_rest(char *line, size_t size, const struct trace_event *event)
{
	unsigned long a = event->a, b = event->b;

	switch ((enum trace_kind)event->kind) {
	case TRACE_SWITCH:
		return snprintf(line, size, " to=%u pid=%u state=%s name=%.15s", event->other,
				event->other_pid,
				state_names[MIN(event->detail, ARRAY_SIZE(state_names) - 1)],
				event->name);
	case TRACE_FORK:
	case TRACE_THREAD_CREATE:
	case TRACE_EXEC:
		return snprintf(line, size, " thread=%u pid=%u name=%.15s", event->other,
				event->other_pid, event->name);
	case TRACE_WAKE:
		return snprintf(line, size, " thread=%u on=%lu was=%s", event->other, a,
				constant(b));
	case TRACE_BLOCK:
		return snprintf(line, size, " for=%s", constant(a));
	case TRACE_MIGRATE:
		return snprintf(line, size, " thread=%u from=%lu to=%lu", event->other, a, b);
	case TRACE_IRQ_ENTER:
	case TRACE_IRQ_EXIT:
		return snprintf(line, size, " vector=%lu %s", a, vector_name(a));
	case TRACE_IPI:
		return snprintf(line, size, " vector=%lu to=%lu %s", a, b, vector_name(a));
	case TRACE_SYSCALL_ENTER:
		return snprintf(line, size, " number=%lu first=%#lx %s", a, b, syscall_name(a));
	case TRACE_SYSCALL_EXIT:
		return snprintf(line, size, " number=%lu result=%ld %s", a, (long)b,
				syscall_name(a));
	case TRACE_FAULT_ENTER:
	case TRACE_FAULT_EXIT:
		return snprintf(line, size, " address=%#lx error=%#lx", a, b);
	case TRACE_EXIT:
		return snprintf(line, size, " status=%lu last=%lu", a, b);
	case TRACE_LOCK_CONTENDED:
	case TRACE_LOCK_ACQUIRED:
	case TRACE_LOCK_HANDOFF:
		return snprintf(line, size, " lock=%#lx thread=%u %s", a, event->other,
				constant(b));
	case TRACE_NONE:
	case TRACE_PREEMPT:
	case TRACE_KINDS:
		break;
	}
	return 0;
}

int trace_format(char *line, size_t size, const struct trace_event *event, unsigned cpu)
{
	unsigned kind = event->kind < TRACE_KINDS ? event->kind : TRACE_NONE;
	int length = snprintf(line, size, "%lu.%09lu %u %u %s", event->time / 1000000000,
			      event->time % 1000000000, cpu, event->tid, kind_names[kind]);

	if ((size_t)length >= size)
		return length;
	return length + format_rest(line + length, size - (size_t)length, event);
}
