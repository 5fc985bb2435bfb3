/* SPDX-License-Identifier: MIT */
/*
 * Tracing: who ran when, and why. A tracepoint is one line at the place where something happens:
 *
 *      trace(TRACE_IRQ_ENTER, vector, 0);
 *
 * While tracing is off it costs a comparison and a branch that is not taken. While it is on it
 * writes one event of 32 bytes into the ring of its CPU; the oldest are overwritten, and counted
 * as lost.
 *
 * Each ring has one writer, its CPU, which turns interrupts off for the few instructions of an
 * event: so an interrupt's events fall before or after it, a ring's times never go back, and no
 * lock is needed, wherever the tracepoint stands. Readers on other CPUs copy an event first and
 * then look whether it has been overwritten meanwhile (trace_next()).
 *
 * Read by: trace_text.c (/dev/trace, the panic page), tools/trace/ring.py (the host, in the memory
 * of a machine that has ended) and gdb's helpers (in that of one that is stopped). The last two
 * know the structs below from here: whoever changes one changes them.
 */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include "arch/cpu.h"
#include "arch/layout.h"

#include <stdatomic.h>

/* What happened; `a`, `b`, `detail` and `other` by kind. A thread is told by its number, 0 being
 * the idle thread of the CPU. */
enum trace_kind {
	TRACE_NONE,      /* a slot that was never written */
	TRACE_SWITCH,    /* to `other`, `name`; detail: enum thread_state of the one that leaves */
	TRACE_WAKE,      /* `other` becomes RUNNABLE; a: its CPU, b: why it was BLOCKED, a string */
	TRACE_BLOCK,     /* the thread is about to block; a: why, a string */
	TRACE_PREEMPT,   /* the thread is about to be switched away from against its will */
	TRACE_MIGRATE,   /* `other` changes its CPU; a: from, b: to */
	TRACE_IRQ_ENTER, /* a: vector */
	TRACE_IRQ_EXIT,
	TRACE_IPI,           /* sent; a: vector, b: the CPU it goes to */
	TRACE_SYSCALL_ENTER, /* a: number, b: first argument */
	TRACE_SYSCALL_EXIT,  /* a: number, b: result */
	TRACE_FAULT_ENTER,   /* a page fault; a: address, b: the hardware's error code */
	TRACE_FAULT_EXIT,
	TRACE_FORK,          /* `other`, `name`: the first thread of a new process */
	TRACE_EXEC,          /* the program is `name` now */
	TRACE_EXIT,          /* the thread ends; a: wait status, b: 1 if the process ends with it */
	TRACE_THREAD_CREATE, /* `other`, `name`, in the process of the thread, or the kernel's */
	TRACE_LOCK_CONTENDED, /* the thread has to wait; a: the lock, b: its name or NULL */
	TRACE_LOCK_ACQUIRED,  /* after LOCK_CONTENDED only */
	TRACE_LOCK_HANDOFF,   /* released and given to `other`; a, b as above */
	TRACE_KINDS
};

struct trace_event {
	uint64_t time; /* ns since boot */
	uint8_t kind;  /* enum trace_kind */
	uint8_t detail;
	uint16_t tid; /* the thread that ran here */
	/* The other thread that it is about, and the process of that one; 0: none, the kernel. */
	uint16_t other, other_pid;
	union {
		struct {
			uint64_t a, b;
		};
		char name[16]; /* with the NUL */
	};
};

struct trace_ring {
	struct trace_event *events; /* const once made: trace_capacity of them */
	/* [this CPU, interrupts off]; read by others. Events ever written; number N lies at
	 * N % trace_capacity. */
	_Atomic uint64_t written;
	/* [who turns tracing on] the number of the first that counts */
	_Atomic uint64_t first;
};

extern struct trace_ring trace_rings[MAX_CPUS];
extern uint64_t trace_capacity; /* a power of two, const once made; 0: there are no rings */
extern _Atomic bool trace_enabled;

/* relaxed: an event more or less at the edges does not matter */
static inline bool trace_is_on(void)
{
	return __builtin_expect(flag_is_set(&trace_enabled), 0);
}

/* The first eight bytes after the time, but for the tid. */
#define TRACE_HEAD(kind, detail, other, other_pid)                                        \
	((uint64_t)(kind) | (uint64_t)(detail) << 8 | (uint64_t)(uint16_t)(other) << 32 | \
	 (uint64_t)(uint16_t)(other_pid) << 48)

/* Writes an event: for the functions below. Any context but NMI. (Cold: the compiler then keeps
 * what belongs to the call out of the way of the code that it stands in.) */
__attribute__((cold)) void trace_record(uint64_t head, uint64_t a, uint64_t b);
__attribute__((cold)) void trace_record_name(uint64_t head, const char *name);

/* Something happened to the current thread or CPU. */
static inline void trace(enum trace_kind kind, uint64_t a, uint64_t b)
{
	if (trace_is_on())
		trace_record(TRACE_HEAD(kind, 0, 0, 0), a, b);
}

/* … to another thread. */
static inline void trace_other(enum trace_kind kind, int tid, uint64_t a, uint64_t b)
{
	if (trace_is_on())
		trace_record(TRACE_HEAD(kind, 0, tid, 0), a, b);
}

/* … and this is what that one is called: 16 bytes, with the NUL. */
static inline void trace_named(enum trace_kind kind, unsigned detail, int tid, int pid,
			       const char *name)
{
	if (trace_is_on())
		trace_record_name(TRACE_HEAD(kind, detail, tid, pid), name);
}

/* ---- On and off ---- */

/* Gives CPU `id` its ring, with room for `capacity` events, the same for all. Boot or under the
 * caller's lock; never taken back. */
void trace_set_ring(unsigned id, struct trace_event *events, uint64_t capacity);
/* Turning it on forgets the events of before. Rings there must be. One caller at a time. */
void trace_turn(bool on);

/* ---- Reading ---- */

/* A place in all rings, which are read as one, by time. */
struct trace_cursor {
	uint64_t next[MAX_CPUS], end[MAX_CPUS];
	uint64_t lost; /* events that had been overwritten when their turn came */
};

/* Sets the cursor to the oldest event. What happens from now on does not count. */
void trace_cursor_start(struct trace_cursor *cursor);
/* Copies the next event and says on which CPU it was. False: that was all. Any context. */
bool trace_next(struct trace_cursor *cursor, struct trace_event *event, unsigned *cpu);

/* An event as a line of text without its end: `seconds cpu tid kind what…`; the whole length, as
 * snprintf(). TRACE_LINE_MAX is enough. */
#define TRACE_LINE_MAX 160
int trace_format(char *line, size_t size, const struct trace_event *event, unsigned cpu);

/* Prints the last 64 events, leaving out the interrupts of timers, which mostly change nothing.
 * Panic context. */
void trace_print_last(void);

#endif
