/* SPDX-License-Identifier: MIT */
/*
 * Timeouts in one tree per CPU, ordered by deadline.
 *
 * A tree instead of the usual wheel: deadlines stay exact to the nanosecond, the next one is the
 * leftmost node, and O(log n) of a handful of comparisons costs less than a wheel's cascades. The
 * lock of a CPU's queue is taken with interrupts off, because the timer interrupt takes it.
 *
 * `running` is the timeout whose function this CPU is calling just now, without the lock.
 * timeout_cancel() waits until it is another, so that the caller may free the struct.
 */
#include "sched/timeout.h"

#include "arch/cpu.h"
#include "base/assert.h"
#include "base/spinlock.h"
#include "sched/sched.h"

struct timeout_queue {
	struct spinlock lock;
	/* [lock] */
	struct tree tree;
	struct timeout *first; /* leftmost of the tree, NULL when empty */
	struct timeout *running;
};

static struct timeout_queue queues[MAX_CPUS];

static struct timeout *timeout_of(struct tree_node *node)
{
	return container_of(node, struct timeout, node);
}

void timeout_init_cpus(void)
{
	for (unsigned id = 0; id < MAX_CPUS; id++) {
		spin_init(&queues[id].lock, "timeouts", RANK_TIMEOUT);
		tree_init(&queues[id].tree);
	}
}

void timeout_init(struct timeout *timeout, void (*fire)(struct timeout *timeout))
{
	tree_node_init(&timeout->node);
	timeout->armed = false;
	timeout->cpu = 0;
	timeout->fire = fire;
}

/* Returns true when it became the first. Equal deadlines fire in the order of arming. */
static bool queue_insert_locked(struct timeout_queue *queue, struct timeout *timeout)
{
	struct tree_node **link = &queue->tree.root;
	struct tree_node *parent = NULL;
	bool first = true;

	while (*link) {
		parent = *link;
		if (timeout->deadline < timeout_of(parent)->deadline) {
			link = &parent->left;
		} else {
			link = &parent->right;
			first = false;
		}
	}
	tree_insert(&queue->tree, &timeout->node, parent, link);
	if (first)
		queue->first = timeout;
	return first;
}

static void queue_remove_locked(struct timeout_queue *queue, struct timeout *timeout)
{
	if (queue->first == timeout) {
		struct tree_node *next = tree_next(&timeout->node);
		queue->first = next ? timeout_of(next) : NULL;
	}
	tree_remove(&queue->tree, &timeout->node);
	timeout->armed = false;
}

void timeout_arm(struct timeout *timeout, uint64_t deadline)
{
	uint64_t flags = irq_save();
	unsigned id = this_cpu()->id;
	struct timeout_queue *queue = &queues[id];

	spin_lock_irqs_off(&queue->lock);
	ASSERT(!timeout->armed);
	timeout->deadline = deadline;
	timeout->armed = true;
	/* relaxed: timeout_cancel() looks again under the lock */
	atomic_store_explicit(&timeout->cpu, id, memory_order_relaxed);
	bool first = queue_insert_locked(queue, timeout);
	spin_unlock_irqs_off(&queue->lock);

	if (first)
		sched_rearm_timer();
	irq_restore(flags);
}

/* Locks the queue that `timeout` is or was in; interrupts are off. */
static struct timeout_queue *queue_lock_of(struct timeout *timeout)
{
	for (;;) {
		unsigned id = atomic_load_explicit(&timeout->cpu, memory_order_relaxed);
		struct timeout_queue *queue = &queues[id];

		spin_lock_irqs_off(&queue->lock);
		if (atomic_load_explicit(&timeout->cpu, memory_order_relaxed) == id)
			return queue;
		spin_unlock_irqs_off(&queue->lock);
	}
}

bool timeout_cancel(struct timeout *timeout)
{
	bool cancelled = false;

	for (;;) {
		uint64_t flags = irq_save();
		struct timeout_queue *queue = queue_lock_of(timeout);

		if (timeout->armed) {
			queue_remove_locked(queue, timeout);
			cancelled = true;
		}
		bool running = queue->running == timeout;
		spin_unlock_irqs_off(&queue->lock);
		irq_restore(flags);
		if (!running)
			return cancelled;
		cpu_relax();
	}
}

uint64_t timeout_run_due(uint64_t now)
{
	struct timeout_queue *queue = &queues[this_cpu()->id];
	uint64_t next = TIME_NEVER;

	spin_lock_irqs_off(&queue->lock);
	while (queue->first) {
		struct timeout *timeout = queue->first;

		if (timeout->deadline > now) {
			next = timeout->deadline;
			break;
		}
		queue_remove_locked(queue, timeout);
		queue->running = timeout;
		spin_unlock_irqs_off(&queue->lock);
		timeout->fire(timeout);
		spin_lock_irqs_off(&queue->lock);
		queue->running = NULL;
	}
	spin_unlock_irqs_off(&queue->lock);
	return next;
}

uint64_t timeout_next(void)
{
	struct timeout_queue *queue = &queues[this_cpu()->id];

	spin_lock_irqs_off(&queue->lock);
	uint64_t next = queue->first ? queue->first->deadline : TIME_NEVER;
	spin_unlock_irqs_off(&queue->lock);
	return next;
}
