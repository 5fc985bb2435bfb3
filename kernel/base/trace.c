/* SPDX-License-Identifier: MIT */
/* The rings of trace.h: writing an event, and reading all rings as one. */
#include "base/trace.h"

#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/vectors.h"
#include "base/assert.h"
#include "base/printk.h"
#include "lib/string.h"
#include "lib/util.h"

#define PANIC_EVENTS 64

_Static_assert(sizeof(struct trace_event) == 32, "the host and gdb read it");

struct trace_ring trace_rings[MAX_CPUS];
uint64_t trace_capacity;
_Atomic bool trace_enabled;

/* ---- Writing ---- */

void trace_record(uint64_t head, uint64_t a, uint64_t b)
{
	uint64_t flags = irq_save();
	const struct cpu *cpu = cpu_self_unchecked();
	struct trace_ring *ring = &trace_rings[cpu->id];
	uint64_t number = atomic_load_explicit(&ring->written, memory_order_relaxed);

	if (ring->events) {
		uint64_t *words = (uint64_t *)&ring->events[number & (trace_capacity - 1)];

		words[0] = clock_now();
		words[1] = head | (uint64_t)((struct thread_head *)cpu->current_thread)->tid << 16;
		words[2] = a;
		words[3] = b;
		/* release: who sees the number sees the event */
		atomic_store_explicit(&ring->written, number + 1, memory_order_release);
	}
	irq_restore(flags);
}

void trace_record_name(uint64_t head, const char *name)
{
	uint64_t halves[2];

	memcpy(halves, name, sizeof(halves));
	trace_record(head, halves[0], halves[1]);
}

/* ---- On and off ---- */

void trace_set_ring(unsigned id, struct trace_event *events, uint64_t capacity)
{
	ASSERT((capacity & (capacity - 1)) == 0 && (!trace_capacity || trace_capacity == capacity));
	trace_capacity = capacity;
	trace_rings[id].events = events;
}

void trace_turn(bool on)
{
	if (on && !atomic_load(&trace_enabled))
		for (unsigned id = 0; id < MAX_CPUS; id++)
			trace_rings[id].first = trace_rings[id].written;
	atomic_store(&trace_enabled, on);
}

/* ---- Reading ---- */

static uint64_t oldest_of(const struct trace_ring *ring)
{
	uint64_t written = atomic_load_explicit(&ring->written, memory_order_acquire);
	/* The slot of the very oldest is the one that is written next: not to be relied on. */
	uint64_t kept = written >= trace_capacity ? written - trace_capacity + 1 : 0;

	return MAX(kept, ring->first);
}

void trace_cursor_start(struct trace_cursor *cursor)
{
	cursor->lost = 0;
	for (unsigned id = 0; id < MAX_CPUS; id++) {
		cursor->next[id] = trace_rings[id].first;
		cursor->end[id] = trace_rings[id].written;
	}
}

/* The event `number` of a ring. False: it has been overwritten. */
static bool copy_event(const struct trace_ring *ring, uint64_t number, struct trace_event *event)
{
	*event = ring->events[number & (trace_capacity - 1)];
	/* The copy before the look: pairs with the release in trace_record(). */
	atomic_thread_fence(memory_order_acquire);
	return number >= oldest_of(ring);
}

/* The next event of one ring; false: that was all. */
static bool peek(struct trace_cursor *cursor, unsigned id, struct trace_event *event)
{
	const struct trace_ring *ring = &trace_rings[id];

	while (cursor->next[id] < cursor->end[id]) {
		uint64_t oldest = oldest_of(ring);

		if (cursor->next[id] < oldest) {
			oldest = MIN(oldest, cursor->end[id]);
			cursor->lost += oldest - cursor->next[id];
			cursor->next[id] = oldest;
		} else if (copy_event(ring, cursor->next[id], event))
			return true;
	}
	return false;
}

bool trace_next(struct trace_cursor *cursor, struct trace_event *event, unsigned *cpu)
{
	struct trace_event candidate;
	bool found = false;

	for (unsigned id = 0; id < cpu_count(); id++) {
		if (!peek(cursor, id, &candidate) || (found && candidate.time >= event->time))
			continue;
		*event = candidate;
		*cpu = id;
		found = true;
	}
	if (found)
		cursor->next[*cpu]++;
	return found;
}

/* ---- The panic page ---- */

static bool is_timer(const struct trace_event *event)
{
	return (event->kind == TRACE_IRQ_ENTER || event->kind == TRACE_IRQ_EXIT) &&
	       event->a == VECTOR_TIMER;
}

/* Takes the latest event off the ends. False: there is none. */
static bool step_back(struct trace_cursor *cursor, struct trace_event *latest)
{
	int from = -1;

	for (unsigned id = 0; id < cpu_count(); id++) {
		struct trace_event event;

		if (cursor->next[id] <= oldest_of(&trace_rings[id]) ||
		    !copy_event(&trace_rings[id], cursor->next[id] - 1, &event) ||
		    (from >= 0 && event.time < latest->time))
			continue;
		*latest = event;
		from = (int)id;
	}
	if (from >= 0)
		cursor->next[from]--;
	return from >= 0;
}

static void go_back(struct trace_cursor *cursor, unsigned count)
{
	struct trace_event event;

	trace_cursor_start(cursor);
	memcpy(cursor->next, cursor->end, sizeof(cursor->next));
	while (count > 0 && step_back(cursor, &event))
		if (!is_timer(&event))
			count--;
}

void trace_print_last(void)
{
	static struct trace_cursor cursor; /* too large for the stack of a double fault */
	struct trace_event event;
	char line[TRACE_LINE_MAX];
	unsigned cpu;

	if (!trace_capacity) {
		printk("  off (trace=on, or `trace on`, shows the last events here)\n");
		return;
	}
	go_back(&cursor, PANIC_EVENTS);
	while (trace_next(&cursor, &event, &cpu)) {
		if (is_timer(&event))
			continue;
		(void)trace_format(line, sizeof(line), &event, cpu);
		printk("  %s\n", line);
	}
}
