/* SPDX-License-Identifier: MIT */
/*
 * The wait-for graph is nowhere stored as a whole: its edges are thread->request (what a thread
 * waits for), lock_check.owner and lock_check.readers (who holds a lock). A walk follows them
 * breadth first from the thread that is about to sleep, and visits each waiting thread once; where
 * a lock's owner runs, the walk ends there, mostly after one step.
 *
 * Every cycle is found. Of the threads in it, one enters its request last. graph_lock, which
 * guards thread->request, lets it see all others' requests; and each thread noted its holds before
 * it entered its request, and releases none while it waits.
 *
 * Nothing else is taken for a cycle. A thread with a request cannot go on before it has taken
 * graph_lock to withdraw it, so what it holds stays held during the walk. A request that was
 * granted already, by a waker whose sleeper has not run yet, says so: a wait is woken under the
 * queue's lock, under which we look at it. And an owner found under the queue's lock, with somebody
 * waiting, is still there: to release the lock it needs that same queue's lock. So it is alive,
 * too.
 *
 * A reader that waits while other readers hold the lock waits for the writer ahead of it, which
 * waits for them. That writer may give up; so the walk goes to it, and goes on to the holders only
 * if it waits for ever as well.
 */
#include "sync/deadlock.h"

#include "base/assert.h"
#include "base/printk.h"
#include "lib/vsnprintf.h"
#include "sched/thread.h"

void lock_request_init(struct lock_request *request, struct lock_check *lock, bool exclusive,
		       enum wait_kind kind, const char *reason, vaddr_t place)
{
	wait_init(&request->wait, kind, reason);
	request->exclusive = exclusive;
#if CONFIG_CHECKS
	request->lock = lock;
	request->place = place;
	request->walk = 0;
#else
	(void)lock;
	(void)place;
#endif
}

#if CONFIG_CHECKS

static struct spinlock graph_lock = SPINLOCK_INIT("deadlock graph", RANK_DEADLOCK);

/* A walk. [graph_lock] */
struct walk {
	uint64_t number;
	struct lock_request *start;
	struct lock_request *last;    /* of those to visit, linked by next */
	struct lock_request *closing; /* waits for the thread of `start`: a cycle */
};

static struct lock_request *request_of(struct waiter *waiter)
{
	return container_of(waiter, struct lock_request, waiter);
}

/* The one of `from` waits for `thread`. */
static void reach(struct walk *walk, struct lock_request *from, struct thread *thread)
{
	struct lock_request *request = thread->request;

	if (request == walk->start)
		walk->closing = from;
	if (!request || request->walk == walk->number)
		return;
	request->walk = walk->number;
	request->from = from;
	request->next = NULL;
	walk->last->next = request;
	walk->last = request;
}

static void reach_writer_ahead(struct walk *walk, struct lock_request *request)
{
	list_for_each(node, &request->waiter.queue->waiters) {
		struct lock_request *ahead = request_of(container_of(node, struct waiter, node));

		if (ahead == request)
			return;
		if (ahead->exclusive && ahead->wait.thread->request == ahead) {
			reach(walk, request, ahead->wait.thread);
			return;
		}
	}
}

/* Goes on to all that `request` waits for. */
static void visit(struct walk *walk, struct lock_request *request)
{
	struct lock_check *lock = request->lock;
	struct wait_queue *queue = request->waiter.queue;
	uint64_t flags = spin_lock_irq_save(&queue->lock);
	struct thread *owner = atomic_load_explicit(&lock->owner, memory_order_relaxed);

	if (atomic_load(&request->wait.end) == WAIT_WOKEN) {
		/* it has what it wanted */
	} else if (owner) {
		reach(walk, request, owner);
	} else if (request->exclusive) {
		list_for_each(node, &lock->readers)
			reach(walk, request, container_of(node, struct lock_hold, node)->thread);
	} else {
		reach_writer_ahead(walk, request);
	}
	spin_unlock_irq_restore(&queue->lock, flags);
}

/* Turns the way from `start` to `closing` round, so that `next` leads along it. */
static void link_cycle(struct lock_request *closing)
{
	struct lock_request *next = NULL;

	for (struct lock_request *at = closing; at; at = at->from) {
		at->next = next;
		next = at;
	}
}

/* Where the thread took the lock; 0: it does not hold it. */
static vaddr_t place_of_hold(const struct thread *thread, const struct lock_check *lock)
{
	for (unsigned i = 0; i < LOCK_HOLDS_MAX; i++)
		if (thread->holds[i].lock == lock)
			return thread->holds[i].taken_at;
	return 0;
}

static void print_edge(const struct lock_request *request, const struct thread *next)
{
	const struct thread *thread = request->wait.thread;
	struct lock_place wanted = {request->place, thread->tid};
	struct lock_place taken = {place_of_hold(next, request->lock), next->tid};

	printk("  thread %d (%s) waits for %s \"%s\", asked for at %s\n", thread->tid, thread->name,
	       request->lock->kind, request->lock->name, lock_place_text(wanted).text);
	if (taken.address)
		printk("    which thread %d (%s) holds, taken at %s\n", next->tid, next->name,
		       lock_place_text(taken).text);
	else
		printk("    behind thread %d (%s), which waits to write\n", next->tid, next->name);
}

static struct lock_request *cycle; /* [graph_lock] linked by next */

static void print_cycle(void)
{
	for (struct lock_request *at = cycle; at; at = at->next)
		print_edge(at, at->next ? at->next->wait.thread : cycle->wait.thread);
}

/* The panic itself has the cycle in short; the page has the places, too, printed when the other
 * CPUs stand still. */
static _Noreturn void report_cycle(struct lock_request *start, struct lock_request *closing)
{
	static struct panic_reporter reporter = {.title = "Deadlock", .report = print_cycle};
	static char chain[192]; /* [graph_lock] */
	size_t used = 0;

	link_cycle(closing);
	cycle = start;
	panic_add_reporter(&reporter);
	for (struct lock_request *at = start; at && used < sizeof(chain); at = at->next)
		used += (size_t)snprintf(chain + used, sizeof(chain) - used,
					 "thread %d -> %s \"%s\" -> ", at->wait.thread->tid,
					 at->lock->kind, at->lock->name);
	panic("deadlock: %sthread %d", chain, start->wait.thread->tid);
}

/* Enters the request of the current thread, which is going to sleep until it is granted. */
static void graph_enter(struct lock_request *request)
{
	static uint64_t walks; /* [graph_lock] */

	spin_lock(&graph_lock);
	struct walk walk = {.number = ++walks, .start = request, .last = request};
	current->request = request;
	request->walk = walk.number;
	request->from = NULL;
	request->next = NULL;
	for (struct lock_request *at = request; at && !walk.closing; at = at->next)
		visit(&walk, at);
	if (walk.closing)
		report_cycle(request, walk.closing);
	spin_unlock(&graph_lock);
}

static void graph_leave(void)
{
	spin_lock(&graph_lock);
	current->request = NULL;
	spin_unlock(&graph_lock);
}

#else

static void graph_enter(struct lock_request *request)
{
}

static void graph_leave(void)
{
}

#endif

int lock_request_wait_locked(struct lock_request *request, struct wait_queue *queue,
			     uint64_t deadline)
{
	bool for_ever = !request->wait.ended_by && deadline == TIME_NEVER;

	waitq_arm_locked(queue, &request->waiter, &request->wait);
	spin_unlock_irq(&queue->lock);
	if (for_ever)
		graph_enter(request);
	int rc = wait_block(&request->wait, deadline);
	if (for_ever)
		graph_leave();
	spin_lock_irq(&queue->lock);
	return waitq_disarm_locked(&request->waiter) ? 0 : rc;
}
