/* SPDX-License-Identifier: MIT */
/* The rings of base/trace.h. The tests give them small rings of their own; nothing else traces in a
 * machine that runs kernel tests. */
#include "base/trace.h"

#include "arch/clock.h"
#include "base/ktest.h"
#include "base/printk.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "sync/kthread.h"

#define CAPACITY 256

static struct trace_event events[MAX_CPUS][CAPACITY];
static struct trace_cursor cursor; /* too large for a stack, used by one test at a time */

static void start(void)
{
	for (unsigned id = 0; id < cpu_count(); id++)
		trace_set_ring(id, events[id], CAPACITY);
	trace_turn(true);
}

/* The next event of this kind; false: there is none. */
static bool find(enum trace_kind kind, struct trace_event *event, unsigned *cpu)
{
	while (trace_next(&cursor, event, cpu))
		if (event->kind == kind)
			return true;
	return false;
}

KTEST(trace_off_writes_nothing)
{
	struct trace_event event;
	unsigned cpu;

	start();
	trace_turn(false);
	trace(TRACE_FAULT_ENTER, 1, 2);
	trace_turn(true); /* forgets what was before */
	trace_turn(false);
	trace(TRACE_FAULT_ENTER, 1, 2);
	trace_cursor_start(&cursor);
	KTEST_CHECK(!find(TRACE_FAULT_ENTER, &event, &cpu));
}

KTEST(trace_keeps_what_happened)
{
	struct trace_event event;
	unsigned cpu;
	uint64_t before = clock_now();

	start();
	trace_other(TRACE_FAULT_ENTER, 77, 0x1234, 0x5678);
	trace_named(TRACE_EXEC, 3, 9, 8, "fifteen letters");
	trace_turn(false);
	trace_cursor_start(&cursor);
	KTEST_CHECK(find(TRACE_FAULT_ENTER, &event, &cpu));
	KTEST_CHECK(event.time >= before && event.time <= clock_now());
	KTEST_EQUAL(event.tid, current->tid);
	KTEST_EQUAL(event.other, 77);
	KTEST_EQUAL(event.a, 0x1234);
	KTEST_EQUAL(event.b, 0x5678);
	KTEST_CHECK(find(TRACE_EXEC, &event, &cpu));
	KTEST_EQUAL(event.detail, 3);
	KTEST_EQUAL(event.other, 9);
	KTEST_EQUAL(event.other_pid, 8);
	KTEST_CHECK(strcmp(event.name, "fifteen letters") == 0);
	KTEST_EQUAL(cursor.lost, 0);
}

KTEST(trace_counts_what_it_lost)
{
	struct trace_event event, last = {0};
	unsigned cpu;
	uint64_t seen = 0;

	sched_set_affinity(current, 1);
	start();
	for (unsigned i = 0; i < 3 * CAPACITY; i++)
		trace(TRACE_FAULT_ENTER, i, ~(uint64_t)i);
	trace_turn(false);
	trace_cursor_start(&cursor);
	uint64_t all = trace_rings[0].written - trace_rings[0].first;
	while (trace_next(&cursor, &event, &cpu))
		if (cpu == 0) {
			last = event;
			seen++;
		}
	/* The last one is there, and one slot is never relied on. */
	KTEST_CHECK(last.a == 3 * CAPACITY - 1 || last.kind != TRACE_FAULT_ENTER);
	KTEST_EQUAL(seen, CAPACITY - 1);
	KTEST_CHECK(cursor.lost >= all - seen);
}

/* The next event of this kind that the current thread caused, or that is about it. */
static bool find_own(enum trace_kind kind, struct trace_event *event)
{
	unsigned cpu;

	while (find(kind, event, &cpu)) {
		if ((kind == TRACE_WAKE ? event->other : (uint64_t)event->tid) ==
		    (uint64_t)current->tid)
			return true;
	}
	return false;
}

/* Sleeps, and finds the event that tells of it. False: the host put the CPU aside, and there was
 * nothing left to sleep. */
static bool nap(uint64_t ns, struct trace_event *event)
{
	start();
	KTEST_EQUAL(sleep_until(clock_now() + ns, WAIT_UNINTERRUPTIBLE, "a nap"), 0);
	trace_turn(false);
	trace_cursor_start(&cursor);
	return find_own(TRACE_BLOCK, event);
}

KTEST(trace_shows_a_switch)
{
	struct trace_event event;
	bool slept = false;

	for (uint64_t ns = NS_PER_MS; !slept && ns < 8 * NS_PER_SEC; ns *= 2)
		slept = nap(ns, &event);
	if (!slept) {
		ktest_fail(__FILE__, __LINE__, "no event tells of a sleep");
		return;
	}
	KTEST_CHECK(strcmp((const char *)event.a, "a nap") == 0);
	KTEST_CHECK(find_own(TRACE_SWITCH, &event));
	KTEST_EQUAL(event.detail, THREAD_BLOCKED);
	if (find_own(TRACE_WAKE, &event))
		KTEST_CHECK(strcmp((const char *)event.b, "a nap") == 0);
	else
		ktest_fail(__FILE__, __LINE__, "no event tells of the end of the sleep");
}

/* ---- Writers and a reader at once ---- */

static _Atomic bool stop;

static void write_events(void *unused)
{
	(void)unused;
	for (uint64_t i = 0; !atomic_load(&stop); i++)
		trace(TRACE_FAULT_ENTER, i, ~i);
}

/* Whatever is overwritten while it is read is left out, not shown by halves; and times do not go
 * back. Timer interrupts write events of their own among those of the threads. */
KTEST(trace_is_read_while_written)
{
	struct kthread *writers[MAX_CPUS];
	struct trace_event event;
	uint64_t limit = clock_now() + 100 * NS_PER_MS, last[MAX_CPUS] = {0};
	unsigned cpu;

	start();
	atomic_store(&stop, false);
	for (unsigned id = 0; id < cpu_count(); id++)
		writers[id] = kthread_run_on(id, "writer", write_events, NULL);
	while (clock_now() < limit) {
		trace_cursor_start(&cursor);
		while (trace_next(&cursor, &event, &cpu)) {
			KTEST_CHECK(event.kind > TRACE_NONE && event.kind < TRACE_KINDS);
			if (event.kind == TRACE_FAULT_ENTER)
				KTEST_EQUAL(event.a, ~event.b);
		}
		sched_yield();
	}
	atomic_store(&stop, true);
	for (unsigned id = 0; id < cpu_count(); id++)
		kthread_join(writers[id]);
	trace_turn(false);
	trace_cursor_start(&cursor);
	while (trace_next(&cursor, &event, &cpu)) {
		KTEST_CHECK(event.time >= last[cpu]);
		last[cpu] = event.time;
	}
}

/* ---- What it costs ---- */

#define ROUNDS 1000

static uint64_t time_of_events(void)
{
	uint64_t start = clock_now();

	for (unsigned i = 0; i < ROUNDS; i++)
		trace(TRACE_FAULT_ENTER, i, 0);
	return clock_now() - start;
}

/* The time of as many instructions as there are events. */
static uint64_t time_of_instructions(void)
{
	uint64_t start = clock_now(), left = ROUNDS / 2;

	__asm__ volatile("1: decq %0; jnz 1b" : "+r"(left));
	return clock_now() - start;
}

/* Machines with one CPU count instructions: all take the same time (tests/run). */
KTEST(trace_is_cheap)
{
	if (cpu_count() > 1)
		return;
	uint64_t instruction = time_of_instructions();
	start();
	uint64_t on = time_of_events() / instruction;
	trace_turn(false);
	uint64_t off = time_of_events() / instruction;
	printk("an event: %lu instructions, off: %lu\n", on, off);
	KTEST_CHECK(on < 100);
	KTEST_CHECK(off < 8); /* the loop itself, a comparison and a branch */
}
